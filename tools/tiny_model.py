"""Make a language model of about 100 kB, with which "make test-model" runs llama.cpp.

    python tools/tiny_model.py random FILE
    python tools/tiny_model.py parrot FILE

Both have llama's architecture, with a token for each byte.  The first has random weights, and produces nonsense.  The
second completes the beginning of a string with "hola", and ends it.

Needs the package gguf, which "make test-model" installs.
"""

import sys
from itertools import pairwise

import gguf
import numpy as np

SEED = 17
WIDTH, HEADS, INNER, CONTEXT = 64, 4, 128, 8192
SPECIAL = (("<unk>", gguf.TokenType.UNKNOWN), ("<s>", gguf.TokenType.CONTROL), ("</s>", gguf.TokenType.CONTROL))
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
#: The parrot's output: each token makes the next one the most likely.
SPEECH = '"hola"'


def weights(knows_speech: bool) -> dict[str, np.ndarray]:
    """Return the tensors by name, random except for what the model must know."""
    random = np.random.default_rng(SEED)

    def noise(*shape: int) -> np.ndarray:
        return random.normal(0, 0.3, shape).astype(np.float32)

    count = len(SPECIAL) + len(BYTES)
    found = {
        "token_embd.weight": noise(count, WIDTH),
        "output_norm.weight": np.ones(WIDTH, np.float32),
        "output.weight": noise(count, WIDTH),
        "blk.0.attn_norm.weight": np.ones(WIDTH, np.float32),
        "blk.0.ffn_norm.weight": np.ones(WIDTH, np.float32),
        "blk.0.ffn_gate.weight": noise(INNER, WIDTH),
        "blk.0.ffn_up.weight": noise(INNER, WIDTH),
        "blk.0.ffn_down.weight": noise(WIDTH, INNER),
        **{f"blk.0.attn_{name}.weight": noise(WIDTH, WIDTH) for name in ("q", "k", "v", "output")},
    }
    if knows_speech:
        for name in ("blk.0.ffn_down.weight", "blk.0.attn_output.weight"):
            found[name][:] = 0  # identity: the last token determines the next
        for token, following in pairwise(len(SPECIAL) + byte for byte in SPEECH.encode()):
            found["output.weight"][following] += 10 * found["token_embd.weight"][token]
    return found


def write(path: str, name: str) -> None:
    """Write the model `name` to the file `path`."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(f"piratechat {name}")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(SPECIAL) + len(BYTES))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([*[token for token, _type in SPECIAL], *BYTES])
    writer.add_token_scores([0.0] * (len(SPECIAL) + len(BYTES)))
    writer.add_token_types([*[int(kind) for _token, kind in SPECIAL], *[int(gguf.TokenType.BYTE)] * len(BYTES)])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_space_prefix(False)
    for tensor, values in weights(name == "parrot").items():
        writer.add_tensor(tensor, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[2], sys.argv[1])

"""Secrets that are not in the ini file: generated once, and stored."""

import hashlib
import logging
import os
import secrets

log = logging.getLogger(__name__)


#: The secret that signs cookies.
NAME = "secret"
#: The operator's password.
OPERATOR = "operator-secret"


def derived_key(secret: str, purpose: bytes) -> bytes:
    """Derive a key of 64 bytes for `purpose` (at most 16 bytes); it does not reveal `secret` or other keys."""
    return hashlib.blake2b(secret.encode(), person=purpose).digest()


def kept_secret(folder: str, name: str = NAME) -> str:
    """Return the secret `name` in `folder`; generates it if necessary, readable only by the file's owner."""
    path = os.path.join(folder, name)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    try:
        with open(path) as file:
            return file.read().strip()
    except FileNotFoundError:
        pass
    # Written under a temporary name first, because another process may be about to read it.
    made = f"{path}.{os.getpid()}"
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(made, path)
        log.warning("The ini file has no %s: a generated one is stored in %s", name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(made)
    with open(path) as file:
        return file.read().strip()

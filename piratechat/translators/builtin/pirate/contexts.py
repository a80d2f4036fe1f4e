"""Contexts: whether a word has the lexicon's meaning, judging by the surrounding words.

A context is called with the tokens, and with the start and the end (the following separator) of the words in question,
and returns whether they have the meaning there.
"""

from collections.abc import Callable, Sequence

from piratechat.translators.builtin.pirate import neighbours
from piratechat.translators.builtin.pirate.tokens import (
    begins_sentence,
    ends_clause,
    is_picture,
    plain,
    word_after,
    word_before,
)

Context = Callable[[Sequence[str], int, int], bool]


def alone(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it is an answer, a call or a complete sentence."""
    return ends_clause(tokens, end) and begins_sentence(tokens, at)


def at_the_end(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it ends a clause: "it is broken", but not "broken heart"."""
    return ends_clause(tokens, end) or plain(word_after(tokens, end)) in neighbours.NEXT_CLAUSE


def before_a_word(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether a word follows: "it was late", but not "whoever it was"."""
    after = word_after(tokens, end)
    return bool(after) and after[0].isalpha()


def before_something(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether something follows that can be owned: "my cat", but not "oh my!"."""
    return bool(word_after(tokens, end))


def finite(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "is" or "are" is not code, as in `x is None`."""
    return word_after(tokens, end) not in neighbours.CODE_VALUES


def stressed_is(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "IS" among lowercase words is stressed, and not a department."""
    return plain(word_before(tokens, at)) in neighbours.SUBJECTS


def is_not_has(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether 's means "is": "it's late", but not "it's stopped working" or "what's it mean"."""
    after = plain(word_after(tokens, end))
    if after in neighbours.ADVERBS:
        after = plain(word_after(tokens, end + 2))
    if after in neighbours.HAD:
        return False
    if after in neighbours.SUBJECTS and plain(word_after(tokens, end + 2)) in neighbours.AFTER_DOES:
        return False
    return not (after.endswith("ed") and after not in neighbours.ADJECTIVES_IN_ED)


def before_participle(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "haven't" is followed by a participle rather than an object."""
    after = plain(word_after(tokens, end))
    if after in neighbours.ADVERBS:
        after = plain(word_after(tokens, end + 2))
    return after in neighbours.HAD or after in neighbours.PARTICIPLES or after.endswith("ed")


def attributive(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether an adjective is between its article and noun: "my old friend", but not "he is old"."""
    return before_a_word(tokens, at, end) and plain(word_before(tokens, at)) in neighbours.DETERMINERS


def gradable(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "very" precedes a gradable word and is not negated: other uses of "very" are left unchanged."""
    before = plain(word_before(tokens, at))
    return before_a_word(tokens, at, end) and before not in neighbours.NOT_VERY and not before.endswith("n't")


def noun(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether an ambiguous word is a noun: "a bug", but not "don't bug me"."""
    before = plain(word_before(tokens, at))
    return before not in neighbours.BEFORE_VERBS and not before.endswith("n't")


def noun_with_article(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it is certainly a noun, and not part of a longer one: "the train", but not "train station"."""
    before = plain(word_before(tokens, at))
    return before in neighbours.DETERMINERS or before in neighbours.BEFORE_NOUNS


def verb(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether an ambiguous word is a verb: "I think", but not "think tank"."""
    before = plain(word_before(tokens, at))
    if before in neighbours.DETERMINERS:
        return False
    return begins_sentence(tokens, at) or before in neighbours.BEFORE_VERBS or before.endswith("n't")


def after_be(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether a participle follows "be" or "get": "you're fired", but not "the gun fired"."""
    return plain(word_before(tokens, at)) in neighbours.BE_OR_GET


def much_and_last(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "very much" ends a clause, and is not part of "the very much"."""
    return at_the_end(tokens, at, end) and no_noun(tokens, at, end)


def whole_noun(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it is not part of a longer noun: "the sea is calm", but not "the sea lawyer"."""
    return at_the_end(tokens, at, end) or plain(word_after(tokens, end)) in neighbours.VERBS_OF_SUBJECTS


def end_or_with(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it ends a clause, or "with" follows: "help me with it", but not "help me find it"."""
    return at_the_end(tokens, at, end) or word_after(tokens, end) in ("with", "wi")


def intransitive(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether a verb has no object: "it failed again", "it fails on my machine", but not "failed to load"."""
    if plain(word_before(tokens, at)) in neighbours.DETERMINERS:
        return False
    return at_the_end(tokens, at, end) or plain(word_after(tokens, end)) in neighbours.AFTER_INTRANSITIVES


def last(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it ends a sentence that it does not begin: "two beers, please"."""
    return ends_clause(tokens, end) and not begins_sentence(tokens, at) and tokens[end].strip(" *_~")[:1] != ","


def is_tag(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it is a question tag: "..., right?"."""
    return tokens[end][:1] == "?" and tokens[at - 1].strip() == ","


def is_vocative(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it addresses somebody: "thanks, man"."""
    return tokens[at - 1].strip() == "," and ends_clause(tokens, end)


def not_shouted(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether only the abbreviation itself is in capitals: "OMG, really?", but not "OMG THAT IS IT"."""
    after = word_after(tokens, end)
    return len(after) < 2 or not after.isupper()


def predicative(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it is predicative, without a complement: "I'm so tired in here", but not "so tired that"."""
    return after_be(tokens, at, end) and (at_the_end(tokens, at, end) or _says_where(tokens, end))


def _says_where(tokens: Sequence[str], end: int) -> bool:
    """Whether "in here" or "out there" follows."""
    return word_after(tokens, end) in ("in", "out") and word_after(tokens, end + 2) in ("here", "there")


def begins(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether it begins a sentence: "welcome to the club", but not "you are welcome to it"."""
    return begins_sentence(tokens, at)


def no_noun(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether a possible verb or call is not a noun: "steal it", but not "it's a steal"."""
    return plain(word_before(tokens, at)) not in neighbours.DETERMINERS


def is_thanking(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "thanks" is an expression of thanks: "thanks a lot", but not "my thanks" or "thanks to you"."""
    return no_noun(tokens, at, end) and plain(word_after(tokens, end)) not in ("to", "t")


def of_any_number(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether a plural can replace "everyone": "everyone can", but not "everyone knows"."""
    if ends_clause(tokens, end):
        return True
    return plain(word_after(tokens, end)) in neighbours.OF_ANY_NUMBER


def plural_fits(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether a plural can replace "money", which must not be a verb, either."""
    if not noun(tokens, at, end) or plain(word_before(tokens, at)) in neighbours.SINGULAR_BEFORE:
        return False
    after = plain(word_after(tokens, end))
    return not after.endswith("s") or after == "is"


def has_an_opinion(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "think" introduces an opinion without its content: "I think so", but not "think twice"."""
    return no_noun(tokens, at, end) and plain(word_after(tokens, end)) not in neighbours.AFTER_PONDER


def is_a_day(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "tomorrow" is a noun: "by tomorrow", "tomorrow will be fine"."""
    if plain(word_before(tokens, at)) in neighbours.PREPOSITIONS:
        return True
    return plain(word_after(tokens, end)) in neighbours.VERBS_OF_SUBJECTS and begins_sentence(tokens, at)


def says_when(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "tomorrow" is an adverb of time."""
    return not is_a_day(tokens, at, end)


def not_between_names(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "of" or "and" does not join names: "Bank of America"."""
    before, after = word_before(tokens, at), word_after(tokens, end)
    if after in ("the", "th"):
        after = word_after(tokens, end + 2)
    if not (before and after) or not (before[0].isupper() and is_title(after)):
        return True
    return begins_sentence(tokens, at - 2) and before.lower() in neighbours.NO_NAMES


def is_title(word: str) -> bool:
    """Whether `word` is capitalized: one uppercase letter, and then lowercase ones."""
    return len(word) > 1 and word[0].isupper() and not word.isupper() and word[:2] not in ("I'", "I\u2019")


def no_name(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether a capitalized word only begins a sentence: "Docs are here", but not "Google Docs"."""
    return begins_sentence(tokens, at) and not is_title(word_after(tokens, end))


def no_part_of_a_name(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether a capitalized word that is not a name by itself is not part of one, either: "Lord Of The Rings"."""
    if begins_sentence(tokens, at):
        return True
    before = word_before(tokens, at)
    return not is_title(before) or begins_sentence(tokens, at - 2)


def shouted(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether the surrounding words are in capitals, too: "WHERE IS IT", but not "the IS department"."""
    others = [tokens[place] for place in (at - 4, at - 2, end + 1, end + 3) if 0 < place < len(tokens)]
    words = [word for word in others if word[0].isalpha()]
    if not words:
        return True
    nearest = [tokens[place] for place in (at - 2, end + 1) if 0 < place < len(tokens)]
    if any(is_picture(word) or not word[0].isalpha() for word in nearest):
        return any(word.isupper() for word in words)
    loud = [word for word in nearest if word.isupper()]
    return bool(loud) and (len(loud) == len(nearest) or any(len(word) > 1 for word in loud))


def both(one: Context | None, other: Context) -> Context:
    """Return the context that requires both."""
    if one is None:
        return other
    return lambda tokens, at, end: one(tokens, at, end) and other(tokens, at, end)


def stressed_or_shouted(tokens: Sequence[str], at: int, end: int) -> bool:
    """Whether "IS" is not a department, for either reason."""
    return stressed_is(tokens, at, end) or shouted(tokens, at, end)


def anywhere(tokens: Sequence[str], at: int, end: int) -> bool:
    """Any context."""
    return True

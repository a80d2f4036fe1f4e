# ruff: noqa: RUF001 - other alphabets are what it is about
"""Distinguishes English from other languages by words that only one of them has, since pirates speak English.

Statistical detection takes "hello handsome" for Bengali, and takes longer than the rest of the translation.
"""

import re
from collections.abc import Sequence

from piratechat.translators.builtin.pirate.contexts import is_title
from piratechat.translators.builtin.pirate.tokens import begins_sentence, plain, words

#: Words of other languages that are not English words.
_FOREIGN_WORDS = """
    und ist nicht ich das ein eine einen der für mit auf sie wir ihr haben habe hast sind auch aber wenn noch zum zur
    dem dass du wie geht dir mir mich dich uns ja nein danke bitte hallo guten gute morgen wo warum heute jetzt hier
    kein keine sehr gut schon oder nur wird werden kann kannst muss mein meine dein deine bei nach von vom beim schön
    bist ihn ihm alle alles etwas nichts mal doch ganz immer wieder weil denn le les est et une des pas que qui je tu
    vous nous dans avec mais très suis pour sur elle ils sont fait bien merci bonjour salut oui où quoi mon ton cette
    aussi tout c'est j'ai n'est d'accord être avoir comment ça ne el los las es está por pero muy más hola gracias
    tengo estoy eres como qué cómo esto ese eso una unos del también mañana buenos buenas días noches aquí ahora
    porque cuando quiero puede puedes donde dónde não uma você muito obrigado obrigada é eu bom dia boa noite isso
    aqui tudo bem vamos meu minha il di sono questo grazie ciao che è della della sei anche perché buongiorno buona
    sera tutti mio tuo voglio het een niet ik en zijn maar voor ook dat naar wij hij zij hier jij je wat waar waarom
    goed goede dag morgen bedankt dank deze heb hebben kan moet mijn jouw och det är att jag inte på ikke og jeg på
    med hej tack hur mår og av som vi har ikke hva hvor tak nie się jest na że cześć dziękuję dobry dzień jak tak czy
    jestem ahoj děkuji jsem jak dobrý den ne ano bir ve bu için değil merhaba nasıl teşekkürler evet hayır saya tidak
    apa yang ini itu dan untuk terima kasih kiitos hyvää olen ei kyllä mitä missä
"""
#: Words of other languages that are omitted above because they are also English: they decide nothing.
_BOTH = words("dat den jak kan mi ton dan hier el le es en je dag ja tu de la na ne det dank yang des du")

#: Words that show that the rest is English, including pirate speak.
ENGLISH = words("""
    the of and you your my are is this that these those with have has had what when where why how who they we it its
    was were will would can could should shall don't doesn't didn't can't won't isn't aren't i'm it's that's you're
    we're they're he's she's i've we've i'll we'll from there here then than because about after before not just now
    today tomorrow yesterday yes please thanks thank hello good very been being make made get got know think want need
    like look go going come him her their our she he do does did to for at if but or all some any every my me said ye
    yer yerself be o' an' fer afore o'er ne'er aye nay ahoy ain't prithee matey mateys th' wi' 'twas 'tis 'em th wi be
    it again been out up only first last other one two three new work works working never ever always still them every
    nothing something anything everyone someone nobody let's lets right wrong too dont its im cant wont isnt didnt
    really disagree
    """)

_WITH_TITLES = frozenset(
    word for plain_word in _FOREIGN_WORDS.split() for word in (plain_word, plain_word.capitalize())
)
FOREIGN = _WITH_TITLES - {word for word in _WITH_TITLES if word.lower() in ENGLISH}

_LETTERS = re.compile(r"[^\W\d_]")
#: The Latin alphabet, with the accented letters of words that English has borrowed.
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
#: From the Greek alphabet on.
_OTHER_LETTERS = re.compile("[\u0370-\u1dff\u2c00-\ua7ff\ua800-\ufaff\U00010000-\U0001efff\U00020000-\U0003ffff]")


_ENGLISH_WAYS = frozenset(way for word in ENGLISH for way in (word, word.capitalize(), word.upper()))


def is_english(tokens: Sequence[str]) -> bool:
    """Whether one of the `tokens` shows that the text is English."""
    return not _ENGLISH_WAYS.isdisjoint(tokens)


def is_foreign(text: str, tokens: Sequence[str]) -> bool:
    """Whether most of `text` is not English."""
    if not text.isascii() and _other_letters(text):
        return True
    if FOREIGN.isdisjoint(tokens):
        return False
    foreign = {
        tokens[at].lower() for at in range(1, len(tokens), 2) if tokens[at] in FOREIGN and not _is_name(tokens, at)
    }
    if not foreign:
        return False
    decided = len(foreign - _BOTH)
    english = len({word for word in map(plain, tokens[1::2]) if word in ENGLISH})
    return len(foreign) > english if decided else len(foreign) > english + 1


def _is_name(tokens: Sequence[str], at: int) -> bool:
    return is_title(tokens[at]) and not begins_sentence(tokens, at)


def _other_letters(text: str) -> bool:
    """Whether more than half of the letters of `text` are of another alphabet."""
    others = len(_OTHER_LETTERS.findall(text))
    return others > 0 and 2 * others > len(_LETTERS.findall(text))

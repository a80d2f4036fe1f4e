"""Detects lines of code outside backticks, which are left unchanged."""

import re

from piratechat.translators.builtin.pirate.tokens import words

#: Words of programs, queries and commands; English texts may also contain them.
WORDS_OF_CODE = words(
    """
    None null True False undefined import def class SELECT INSERT UPDATE DELETE CREATE DROP ALTER sudo npm pip docker
    git apt yarn cargo kubectl brew
    """
)
#: Characters that are common in code and rare in sentences: checked first, for speed.
_HINT = re.compile(r"[=;{}<>$|]|\w\(")
_WORD_HINT = re.compile(rf"\b(?:{'|'.join(sorted(WORDS_OF_CODE))})\b")

_LINE = re.compile(
    r"""(?x) \s* (?:
      (?: [$] | >>> ) \s \S .*                                                  # a prompt
    | (?: SELECT | INSERT\sINTO | UPDATE | DELETE\sFROM | CREATE | ALTER | DROP ) \s .* \b
      (?: FROM | VALUES | SET | TABLE | INDEX | WHERE | VIEW | DATABASE ) \b .*     # SQL
    | DELETE\sFROM .*
    | (?: const | let | var | auto | int | char | public | private | static ) \s [\w$\[\]{},:\ *]+ (?: = .* | ; )
    | import \s [\w.{*]+ (?: \s as \s \w+ | .* \s from \s ['"] .* | ; )? | from \s [\w.]+ \s import \s .*
    | (?: def \s \w+ \( .* | class \s \w+ (?:\(.*\))? \s? [:{] .* | (?: else | try | finally ) \s? [:{] .* )
    | (?: if | elif | while | for | with | async | except | lambda | return | assert | raise | yield | print | await
        | export | function | switch | throw | new ) \b
      (?: .* \b (?:is | not | return | while | == | or | and ) \s (?: None | True | False | null | undefined ) \b .*
        | .* (?: [=!<>]= | => ) .* | [^.?!]* \w \( .* \) .* [:;{]? | .* [{};] ) \s*
    | return \s (?: None | True | False | null | undefined ) ;? | while \s True:
    | [\w.$\[\]'"]+ \s (?: [-+*/|&:]?= | := ) \s .*                             # an assignment
    | .* (?: \w \( .* | \w \. \w .* | = .* ) ; \s* | .* [{}] \s*                  # the end of a statement or a block
    | .* (?: && | \|\| | === | != ) .*
    | < (?: [a-z][\w-]* [^>]* | ! .* ) > (?: .* </ [\w-]+ > )?                   # elements
    | (?: git | docker | npm | kubectl | cargo ) \s [\w-]+ \s --?\w (?! .* (?<!\S) (?: is | are | was ) (?!\S) ) .*
    | (?: sudo | npm | pip | apt | apt-get | yarn | docker | kubectl | cargo | brew | git )
      (?! .* (?<!\S) (?: is | are | was | the | you | your | my | has | and | to ) (?!\S) ) (?: \s [-\w./:@=~\"']+ )+
    )"""
)


def may_have_code(text: str) -> bool:
    """Whether to check the lines of `text` at all."""
    return _HINT.search(text) is not None or _WORD_HINT.search(text) is not None


def is_code(line: str) -> bool:
    """Whether `line` is a statement of a program, a query or a command, rather than a sentence about one."""
    return _LINE.fullmatch(line) is not None

"""Finds what nobody jokes about: death, illness, violence, emergencies, and other grief.

Such texts are spoken as pirates speak, and nothing funny is added.  Whatever is
taken for grave and is not only gets fewer jokes; so in doubt it is grave.
"""

import re
from collections.abc import Iterable, Sequence

from piratechat.translators.builtin.pirate.tokens import words

_WORDS = """
    suicide suicidal funeral funerals cancer tumor tumour leukemia chemo chemotherapy hospice hospital hospitals
    hospitalized hospitalised ambulance paramedic paramedics overdose overdosed overdosing abuse abused abuser abusive
    rape raped rapist assault assaulted molested murder murdered murderer miscarriage stillborn stillbirth condolences
    mourn mourning grief grieve grieving widow widowed orphan orphaned rip seizure seizures stroke unconscious choking
    diagnosed diagnosis terminally illness illnesses sick ill disease covid fever flu pneumonia surgery injured injury
    injuries wounded hurt hurts hurting bleeding earthquake hurricane tsunami shooting shooter gunshot bomb bombs
    bombing bombed terrorist terrorists terrorism war wars refugee refugees kidnapped kidnapping stalker stalking
    stalked harassed harassing harassment bullied bully bullying racist racism homophobic transphobic sexist nazi
    nazis genocide holocaust torture tortured slavery slave slaves depressed depression anxiety lonely loneliness
    grieves crying sobbing heartbroken devastated divorce divorced divorcing evicted homeless bankrupt drowned
    drowning drown overdoses self-harm kys threatened threatening threat victim victims survivor survivors tragedy
    tragic coma emergency emergencies urgent-care er icu dementia alzheimer's diabetes insulin epilepsy allergic
    anaphylaxis poisoned poison strangled trafficking burglar mugged robbed attacked stabbed stabbing arrested
    deported collapsed fainted concussion relapse relapsed rehab addiction addicted disabled disability wheelchair
    passed-away deceased died dies dying death deaths dead killed killing kill buried burial cremated coffin grave
    casualties wildfire wildfires tornado flood floods flooded layoffs laid-off fired-me scream screaming abortion
    trauma traumatic ptsd autopsy corpse hanged lynched massacre police
"""
#: Also said of machines, of plays and in jest.
_OF_MACHINES = words("""
    died dies dying dead death killed killing kill poison ill sick emergency crying threat attacked collapsed
    screaming disabled victim buried grave slave slaves collapsed seizure hurt hurts injury threats flooded bomb
    """)
_MACHINES = words("""
    server servers process processes code phone battery laptop link links build builds thread threads branch script
    pod pods container containers db database disk job jobs process pid command router wifi network keyboard mouse
    screen monitor link app apps page site website cluster node nodes replica port daemon service services api cpu gpu
    drive program socket connection session worker workers deadline laughing laughter tests test pipeline deploy
    button buttons option checkbox field feature plugin extension engine game level boss line lines bit
    """)

#: Whose; also as a pirate says it.
_OWN = "(?:my|me|his|her|our|their|your|yer)"
_PHRASES = re.compile(
    rf"""(?ix) \b (?:
      pass(?:ed|es|ing) \s away | (?:sorry|condolences) \s for \s (?:your|yer) | (?:your|yer) \s loss
    | (?:heart|panic|asthma) \s attack | can(?:'|\u2019)?t \s breathe | not \s breathing
    | call \s (?:an\s ambulance|911|999|112|for\s help) | rest \s in \s peace
    | (?:lost|losing|lose) \s {_OWN} \s (?:\w+ \s)?
      (?: job | mum | mom | mother | father | dad | son | daughter | wife | husband | baby | brother | sister | friend
        | grand\w+ | dog | cat | home | house | mind )
    | (?:got|was|been|get|getting|were|am|be|i'm) \s (?:fired|laid \s off) | laid \s off
    | (?:hate|hurt|cut|cutting|harm|end) \s (?:myself|meself|(?:my|me) \s life) | want \s to \s die
    | hit \s (?:me|him|her) \b | (?:car|plane|train) \s (?:crash|accident) | (?:an|the|bad|terrible) \s accident
    | (?:house|building|forest|home) \s (?:is|be) \s on \s fire | in \s (?:a \s lot \s of \s)? pain
    | (?:chest|back|stomach) \s pains? | broke \s up \s with | broken \s (?:arm|leg|hip|heart|bone)
    | (?: someone | somebody | he | she | man | guy ) \s (?: is | be | keeps ) \s following \s me
    | (?: i'm | i \s am | i \s be ) \s (?:so \s )? scared
    | put \s (?:him|her|it) \s (?:down|to \s sleep) | (?:gone|went) \s missing | is \s missing
    | help \s me \s please | (?:taken|rushed) \s to | test(?:ed)? \s positive | can(?:'|\u2019)?t \s go \s on
    | (?:my|me) \s condolences | {_OWN} \s (?:\w+ \s){{0,2}} (?:lost|losing) \s (?:his|her|their)
    | so \s sorry \s (?:for|about) \s (?:what|your|yer)
    ) \b"""
)
#: Said of what is not grave at all.
_FIGURES = re.compile(
    r"(?i)\b(?:(?:is|are|be|you're|it's) killing me|dying (?:to|of laughter|laughing)"
    r"|dead (?:serious|end|line|code|simple)"
    r"|to die for|grave mistake|sick of|star wars|drop dead|over my dead|kill (?:two|time))\b"
)
#: One of these stands in each of the phrases.
_HINTS = """
    away loss attack breathe breathing call peace lost losing lose fired laid hate hurt cut cutting harm end die hit
    crash accident fire pain pains broke broken put missing positive condolences following scared taken rushed sorry
    please go
"""


def _written(words: Iterable[str]) -> frozenset[str]:
    return frozenset(way for word in words for way in (word, word.capitalize(), word.upper()))


_GRAVE = _written(_WORDS.split()) - {"Er", "er", "Rip", "rip", "ill", "Ill"} | {"ill"}
_HINTING = _written(_HINTS.split())


#: Without any of these, nothing is grave.
HINTS_OF_GRIEF = _GRAVE | _HINTING


def is_grave(text: str, tokens: Sequence[str]) -> bool:
    """Whether nobody would joke about `text`."""
    if not _GRAVE.isdisjoint(tokens) and _is_about_people(tokens) and _FIGURES.search(text) is None:
        return True
    return not _HINTING.isdisjoint(tokens) and _PHRASES.search(text) is not None


def _is_about_people(tokens: Sequence[str]) -> bool:
    """Whether there is a grave word that is not said of a machine."""
    said = {word.lower() for word in tokens[1::2]}
    grave = {word.lower() for word in tokens[1::2] if word in _GRAVE}
    return not grave <= _OF_MACHINES or said.isdisjoint(_MACHINES)

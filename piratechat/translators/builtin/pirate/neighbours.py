"""Ordinary words that determine the role of the words next to them: data only, in lower case."""

from piratechat.translators.builtin.pirate.tokens import words

DETERMINERS = words("""
    a an the my your his her its our their this that these those some any no another each every which whose me yer
    such what many few several new next last first second old ol th big small good bad
    """)
#: Before a noun, in addition to articles.
BEFORE_NOUNS = words("by own dream better night early late wrong right same nice")
#: Before a verb: its subject, or an auxiliary.
BEFORE_VERBS = words("""
    i you u ye we they to can could will would shall should may might must do does did please prithee let's lets not
    never better really still just cannot gonna wanna gotta i'll you'll we'll they'll he'll she'll it'll i'd you'd
    we'd they'd who people ne'er always also and an then don't or t
    """)
SUBJECTS = words("i you he she it we they this that these those there here who what where how ye which")
#: Between 's and its participle.
ADVERBS = words("""
    already just never always finally only now not also ever really probably recently still all both since ne'er
    fucking blasted
    """)
#: After 's these mean that somebody has done something; those that can also describe a state ("gone") are left out.
HAD = words("""
    been got had become happened seen forgotten done lost left taken given made said told found come run begun grown
    won sent put set let cut quit bought brought caught kept heard held met paid sold felt thought known shown written
    eaten fallen flown spoken chosen driven drawn risen stolen worn torn sworn proven understood taught built spent
    gotten cast bitten hidden ridden woken frozen
    """)
#: "what's it mean": here 's is "does".
AFTER_DOES = words("mean want do say take cost need work matter look know have")
PARTICIPLES = words("gone read slept sat stood swum sung rung drunk broken beaten changed hurt hit")
ADJECTIVES_IN_ED = words("""
    tired closed married confused worried scared bored excited surprised interested annoyed pleased disappointed
    embarrassed exhausted frightened delighted supposed locked blocked broken needed red bed allowed called named
    related required limited complicated overrated underrated cracked cursed deprecated outdated fixed-sized sacred
    naked wicked crowded bloody haunted doomed screwed signed located based rated unrelated unexpected unused
    recommended encrypted hosted loaded used expected advanced undefined dedicated talented retired involved
    """)
#: Words that begin another clause, or an adverb of time.
NEXT_CLAUSE = words(
    """
    and an but or so because 'cause cause when while today now later soon tomorrow right again tonight here
    there there's here's if since though already please pls plz prithee
    """
)
#: After a verb without an object.
AFTER_INTRANSITIVES = words(
    "on in at for fer from with during before afore after when while every twice because 'cause due"
)
NOT_VERY = words("not ain't the th this that these those my me our your yer")
BE_OR_GET = words("""
    be is are was were been being am get got gets getting i'm you're he's she's they're we're it's that's this's
    what's who's there's here's where's when's how's why's
    theyre youre im feel feels felt look looks looked seem seems seemed sound sounds
    """)
PREPOSITIONS = words("by until till for from after before since of about til fer afore o day bout")
VERBS_OF_SUBJECTS = words("is will was would might may could should has works looks seems at'll morning night")
#: Values in programming languages.
CODE_VALUES = words("None True False null nil undefined NaN NULL")
#: Words that begin a sentence and are not the first part of a name.
NO_NAMES = words("""
    i he she it we they you all both none some most many one each any half part because out think dream instead
    """)
#: After "everyone", words that fit any number.
OF_ANY_NUMBER = words("""
    is isn't be can can't could will won't would should must may might and or on in at from for fer to who with here
    there please prithee else now today again did didn't said made went came saw got had
    """)
#: "much money" cannot become "much doubloons".
SINGULAR_BEFORE = words("much this that little less")
AFTER_PONDER = words("of about twice tank tanks through back ahead straight clearly o bout hard")

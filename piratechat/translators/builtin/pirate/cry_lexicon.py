"""The cries of pirates, by mood: data only.

Rules for additions: each cry contains a word that only pirates use (see `flavour`), expresses only the mood, and hurts
nobody.
"""

from collections.abc import Mapping

#: The first of these words in a message, in pirate speak, determines its mood.
MOODS: Mapping[str, str] = {
    "thanks": "thank thankee grateful",
    "farewell": "winds seas farewell anchor goodnight",
    "greeting": "ahoy avast cheer oi welcome mornin' ho",
    "oath": "pardon beard timbers blow sink",
    "anger": "curse blast wretched worst scuppered fouler barnacle-brained",
    "failure": """
        aground wrecked foundered founderin' founders founder curses cursed broke broken holed shipwreck ruined
    """,
    "setback": """
        foul lost late becalmed adrift wrong worse cannot forgot stuck missing barmy overslept leaking slow hard
    """,
    "bug": "barnacle barnacles barnacled bug bugs",
    "joy": """
        won win works workin' done finished mended launched passed passin' jolly grand hooray congratulations cheers
        love loved loves best solved succeeded finally excited birthday victory wondrous brilliant green
    """,
    "agreement": "aye agree agreed yes",
    "food": "grub grog rum hardtack brew coffee hungry pizza cake",
    "money": "doubloons booty bounty dear expensive price pay paid eight gold",
    "order": """
        prithee let's don't look check try send read use take give put keep open click tell ask make call add remove
        launch jettison cast scuttle plunder hoist mend remember ensure push pull merge come run stop wait bring move
    """,
    "weather": "squall squalls rain bucketin' wind gale storm snow sun",
}
#: Words that address several people: no cry may address a single one.
CROWD = "hands hearties mateys buckos shipmates folk crew lads lasses"
#: Words that exclude joyful cries.
DENIALS = """
    not ain't don't doesn't didn't can't won't never ne'er no nothin' nary isn't wasn't couldn't haven't hasn't
"""

#: A sentence that begins with one of the first, followed by one of the second, is a question even without its mark.
QUESTION_WORDS = "be do does did can could will would shall should have has what who where when why how which whose"
AFTER_QUESTION_WORDS = """
    ye you i he she it we they any some all this that th' the me yer be do does did can could will would should has
    have many much long come
"""

#: Words that exclude any cry.
QUIET = "sorry pardon apologies unfortunately alas sadly grieves condolences dr doctor doctors dentist nurse surgeon"
#: Tender and lonely lines in pirate speak, as regular expressions.
TENDER = (
    "think(?:in'|ing)? o(?:f|') ye",
    "dream(?:in'|ing)? o(?:f|') ye",
    "love ye",
    "miss ye",
    "adore ye",
    "need ye",
    "proud o(?:f|') ye",
    "me (?:love|heart|lovely|sweetheart)",
    "soul (?:savvies|cares|likes|loves|understands)",
    "could be worse",
)

IN_FRONT: Mapping[str, tuple[str, ...]] = {
    "plain": ("Arr!", "Yarr!", "Hark ye!", "Harr!"),
    "anger": ("Blast me barnacles!", "Davy Jones take it!", "Bilge an' brine!"),
    "failure": (
        "Man the pumps, mateys!",
        "Blow me down!",
        "Scupper me!",
        "Curse the tides!",
        "All hands on deck, mateys!",
    ),
    "setback": ("Arr!", "Blow me down!", "Foul winds, these!"),
    "bug": ("Barnacles ahoy!", "Arr!", "Man the pumps, mateys!"),
    "joy": ("Yo ho ho!", "Shiver me timbers!", "Huzzah, me hearties!", "Hoist the colours, mateys!", "Yarr!"),
    "question": ("Arr!", "Ahoy!", "Avast!"),
    "order": ("Avast!", "Arr!", "Hark ye!", "Heave ho!"),
    "food": ("Arr!", "Yo ho ho!"),
    "money": ("Arr!", "Pieces o' eight!"),
    "weather": ("Batten down the hatches!", "Arr!"),
}

BEHIND: Mapping[str, tuple[str, ...]] = {
    "plain": (
        ", arr",
        ", matey",
        ", by Neptune's beard",
        ", sure as the sea be salty",
        ", by the seven seas",
        ", or I be a landlubber",
        ", by me parrot's feathers",
        ", upon me peg leg",
        ", by thunder",
        ", by the Jolly Roger",
        ", by the powers",
        ", says me parrot",
        ", sure as the kraken bites",
        ", as any ol' sea dog knows",
        ", by hook an' by cutlass",
        ", sure as rum be wet",
        ", by me ol' spyglass",
    ),
    "anger": (", blast it", ", Davy Jones take it", ", blast me barnacles", ", curse the kraken"),
    "failure": (
        ", man the pumps, mateys",
        ", shiver me timbers",
        ", curse the tides",
        ", scupper me",
        ", all hands on deck, mateys",
    ),
    "setback": (", arr", ", as ill winds blow", ", by Neptune's beard", ", such be the tides"),
    "bug": (", arr", ", matey", ", man the pumps, mateys", ", as barnacles be wont"),
    "joy": (
        ", yo ho",
        ", yo ho ho an' a bottle o' rum",
        ", me hearties",
        ", huzzah",
        ", shiver me timbers",
        ", blow me down",
    ),
    "thanks": (", ye be a true shipmate", ", matey", ", ye fine ol' sea dog"),
    "farewell": (", an' mind the kraken", ", arr", ", me hearties"),
    "agreement": (", sure as the sea be salty", ", on me honour", ", matey", ", by thunder"),
    "food": (", yo ho ho", ", arr", ", an' rum fer all"),
    "money": (", arr", ", by the Jolly Roger", ", by Blackbeard's chest"),
    "weather": (", arr", ", by Neptune's beard", ", so batten down the hatches"),
    "order": (
        ", matey",
        ", arr",
        ", afore the tide turns",
        ", savvy",
        ", an' look lively",
        ", shipmate",
    ),
    "question": (", matey", ", bucko", ", shipmate", ", ye ol' sea dog"),
    "puzzle": (", in Neptune's name", ", by the seven seas", ", matey", ", shipmate"),
}

#: Additional cries of captains, which say a little more than the mood.
BEHIND_OF_CAPTAINS: Mapping[str, tuple[str, ...]] = {
    "plain": (", or me name ain't Jack", ", an' that be no yarn"),
    "failure": (", an' the rum be gone, too",),
    "anger": (", an' a pox on it",),
    "bug": (", the scurvy thing",),
    "joy": (", splice the mainbrace",),
    "thanks": (", an' I owe ye a grog",),
    "food": (", an' rum to wash it down",),
    "money": (", an' not a doubloon less",),
    "order": (", or walk the plank, matey", ", an' smartly now"),
    "question": (", or must I ask the parrot", ", or be ye afeared"),
}

#: First words (separated by spaces) that exclude a cry before them.
FIRST_WORDS = "hmm hm well oh ah so um er arr yarr harr"

#: Final marks before which a cry can be inserted.
BY_MARK = ("", ".", "!", "?", "!!", "!!!")

#: Last words (separated by spaces) after which no exclamation follows.
LAST_WORDS: str = """
    arr arrr arrgh matey mateys hearty hearties powers ho savvy ahoy aye nay har timbers bucko cap'n shipmate
    shipmates crew thunder beard winds avast jack kindly rum seas plank etc eg ie vs no nr mr mrs ms dr prof inc ltd
    co corp jr sr st approx dept est fig max min misc bzw usw usf ca ggf inkl evtl ing tel the a an to of and or but
    with for my your me yer o' an' fer th' t' wi' please
"""

"""What pirates cry, and when they are in which mood: data only.

Whatever is added: each cry has a word that no landlubber says (see `flavour`), means nothing but the
mood, and hurts nobody.
"""

from collections.abc import Mapping

#: The mood of a message is that of the first of these words in it, as the pirate says them.
MOODS: Mapping[str, str] = {
    "thanks": "thank thankee grateful",
    "farewell": "winds seas farewell anchor goodnight",
    "greeting": "ahoy avast cheer oi welcome mornin' ho",
    "oath": "pardon beard timbers blow sink",
    "failure": """
        aground wrecked foundered founderin' founders founder curse curses cursed broke broken holed wretched foul blast
        blasted shipwreck lost late becalmed adrift wrong worse worst cannot scuppered fouler forgot stuck missing
        barmy overslept ruined leaking slow
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
#: Where one of these stands, many are spoken to: no cry names a single one.
CROWD = "hands hearties mateys buckos shipmates folk crew lads lasses"
#: Where one of these stands, nobody rejoices.
DENIALS = """
    not ain't don't doesn't didn't can't won't never ne'er no nothin' nary isn't wasn't couldn't haven't hasn't
"""

#: What begins with one of the first, and goes on with one of the second, is a question, also without its mark.
QUESTION_WORDS = "be do does did can could will would shall should have has what who where when why how which whose"
AFTER_QUESTION_WORDS = """
    ye you i he she it we they any some all this that th' the me yer be do does did can could will would should has
    have many much long come
"""

#: Where one of these stands, nobody cries.
QUIET = "sorry pardon apologies unfortunately alas sadly grieves condolences"

IN_FRONT: Mapping[str, tuple[str, ...]] = {
    "plain": ("Arr!", "Yarr!", "Hark ye!", "Harr!"),
    "failure": (
        "Blast me barnacles!",
        "Davy Jones take it!",
        "Blow me down!",
        "Scupper me!",
        "Curse the tides!",
        "Bilge an' brine!",
    ),
    "bug": ("Barnacles ahoy!", "Blast me barnacles!", "Arr!"),
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
        ", me hearty",
        ", sure as the sea be salty",
        ", by the seven seas",
        ", or I be a landlubber",
        ", by me parrot's feathers",
        ", upon me peg leg",
        ", by thunder",
        ", by the Jolly Roger",
        ", by the powers",
    ),
    "failure": (
        ", blast it",
        ", curse the kraken",
        ", arr",
        ", Davy Jones take it",
        ", shiver me timbers",
        ", curse the tides",
        ", blast me barnacles",
        ", scupper me",
    ),
    "bug": (", blast it", ", arr", ", matey", ", curse the kraken"),
    "joy": (
        ", yo ho",
        ", yo ho ho an' a bottle o' rum",
        ", me hearties",
        ", huzzah",
        ", shiver me timbers",
        ", blow me down",
    ),
    "thanks": (", ye be a true shipmate", ", matey", ", me hearty", ", ye fine ol' sea dog"),
    "farewell": (", an' mind the kraken", ", arr", ", me hearties"),
    "agreement": (", sure as the sea be salty", ", on me honour", ", matey", ", by thunder"),
    "food": (", yo ho ho", ", arr", ", me hearty"),
    "money": (", arr", ", by the Jolly Roger", ", me hearty"),
    "weather": (", arr", ", by Neptune's beard", ", so batten down the hatches"),
    "order": (
        ", matey",
        ", arr",
        ", me hearty",
        ", afore the tide turns",
        ", savvy",
        ", an' look lively",
        ", shipmate",
    ),
    "question": (", matey", ", me hearty", ", bucko", ", shipmate", ", ye ol' sea dog"),
    "puzzle": (", in Neptune's name", ", me hearty", ", by the seven seas", ", matey", ", shipmate"),
}

#: What only captains cry, besides: it says a little more than the mood.
BEHIND_OF_CAPTAINS: Mapping[str, tuple[str, ...]] = {
    "plain": (", or me name ain't Jack", ", an' that be no yarn"),
    "failure": (", an' the rum be gone, too",),
    "bug": (", the scurvy thing", ", an' a pox on it"),
    "joy": (", splice the mainbrace",),
    "thanks": (", an' I owe ye a grog",),
    "food": (", an' rum to wash it down",),
    "money": (", an' not a doubloon less",),
    "order": (", or walk the plank, matey", ", an' smartly now"),
    "question": (", or must I ask the parrot", ", or be ye afeared"),
}

#: Before these words (between spaces), nobody cries.
FIRST_WORDS = "hmm hm well oh ah so um er arr yarr harr"

#: What may be put before these marks at the end.
BY_MARK = ("", ".", "!", "?", "!!", "!!!")

#: After these words (between spaces), no exclamation follows.
LAST_WORDS: str = """
    arr arrr arrgh matey mateys hearty hearties powers ho savvy ahoy aye nay har timbers bucko cap'n shipmate
    shipmates crew thunder beard winds avast jack kindly rum seas plank etc eg ie vs no nr mr mrs ms dr prof inc ltd
    co corp jr sr st approx dept est fig max min misc bzw usw usf ca ggf inkl evtl ing tel the a an to of and or but
    with for my your me yer o' an' fer th' t' wi' please
"""

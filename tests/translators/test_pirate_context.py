"""Texts that the pirate does not change: names, code, other languages and grief; and times, converted to bells."""

import unittest

from piratechat.translators.builtin.pirate import STRENGTHS, in_pirate
from piratechat.translators.builtin.pirate.sea_time import bells, watch

#: Texts without jokes and cries, at any strength.
GRAVE = (
    ("Please call the police, someone is hurt!", "Please call the police, someone be hurt!"),
    ("I'm so sorry for your loss", "I be so sorry fer yer loss"),
    ("My grandmother died yesterday.", "Me grandmother died yesterday."),
    ("She has cancer and is in hospital", "She has cancer an' be in hospital"),
    ("I lost my job", "I lost me job"),
    ("my dog passed away last night", "me dog passed away last night"),
    ("I was fired today and my money is gone", "I was fired today an' me money be gone"),
    ("there was an accident, call an ambulance", "there was an accident, call an ambulance"),
    ("Leave me alone", "Leave me alone"),
    ("I'm not interested, please stop calling me", "I ain't interested, please stop callin' me"),
    ("How dare you! I hate you", "How dare ye! I hate ye"),
    ("I'm sorry, I was wrong and you aren't", "I be sorry, I was wrong an' ye ain't"),
    ("she left me and I miss her", "she left me an' I miss her"),
    ("Go away. I know where you live", "Go away. I know where ye live"),
    ("We broke up because you cheated on me", "We broke up because ye cheated on me"),
    ("I broke my arm and I'm not okay", "I broke me arm an' I ain't okay"),
    ("sorry about your late husband", "sorry about yer late husband"),
    ("She isn't breathing, someone call the police", "She ain't breathin', someone call the police"),
    ("Is your father in the hospital again?", "Be yer father in the hospital again?"),
)

NAMES = (
    ("I wrote it in Google Docs, my friend", "I wrote it in Google Docs, me hearty"),
    ("is the SQL Server of the IS department ready?", "be the SQL Server o' the IS department ready?"),
    ("you know Johnny Cash and Xi Jinping", "ye know Johnny Cash and Xi Jinping"),
    ("are you from Bank of America?", "be ye from Bank of America?"),
    ("the President of France is here", "the President of France be here"),
    ("Is it Los Angeles or Las Vegas?", "Be it Los Angeles or Las Vegas?"),
    ("Pirates of the Caribbean is on", "Pirates of the Caribbean be on"),
)

CODE = (
    "if x is None and y",
    "if x is None and y:\n    return your.value",
    "const my = your.value;",
    "SELECT name FROM users WHERE id = 1",
    "for i in range(10): print(i)",
    "$ ls -la my/files",
    "if (you.are.my(friend)) {",
    'git commit -m "fix the bug"',
    "from my import friend",
    "<p>is it over?</p>",
)

FOREIGN = (
    "hij is hier over",
    "das Auto ist kaputt",
    "c'est la vie",
    "no lo sé, amigo",
    "No, grazie",
    "va bene, a dopo",
    "tack så mycket",
    "спасибо, my friend, большое спасибо всем вам",
)

#: Expansions of 's, verbs and nouns, and other ambiguous words.
GRAMMAR = (
    ("He's done it and you know it", "He's done it an' ye know it"),
    ("It's stopped working for me", "It's stopped workin' fer me"),
    ("He's tired of it", "He be weary o' it"),
    ("what's it mean for you?", "what's it mean fer ye?"),
    ("I kid you not", "I kid ye not"),
    ("don't bug me, will you", "don't bug me, will ye"),
    ("your think tank and my delete key", "yer think tank an' me delete key"),
    ("I'm not here and it's not you", "I ain't here an' it ain't ye"),
    ("everyone knows you", "every soul knows ye"),
    ("everyone can see you", "all hands can see ye"),
    ("the money was yours", "the gold was yers"),
    ("whoever it was, it was you", "whoever it was, 'twas ye"),
    ("my, my, you are late", "my, my, ye be late"),
    ("an error and an idea of yours", "a cursed error an' a notion o' yers"),
)


#: Minor apologies, affectionate lines and doctors: no oath is added.
MILD = (
    ("I'm so sorry, it was my fault", "I beg yer pardon, 'twas me fault"),
    ("I'm sorry for being late", "I beg pardon fer bein' late"),
    ("I think of you every day", "I think o' ye every day"),
    ("Dr. Jones will see you now", "Dr. Jones will see ye now"),
    ("nobody understands me", "nary a soul savvies me"),
    ("it could be worse", "it could be worse"),
)


class Contexts(unittest.TestCase):
    def read(self, examples):
        for said, read in examples:
            with self.subTest(said):
                found = in_pirate(said)
                self.assertTrue(found.startswith(read.rstrip(".!?")) or read in found, found)

    def test_grammar(self):
        self.read(GRAMMAR)

    def test_names(self):
        self.read(NAMES)

    def test_grave_texts_get_only_grammar(self):
        for said, read in GRAVE:
            for strength in STRENGTHS:
                with self.subTest(said, strength=strength):
                    self.assertEqual(in_pirate(said, strength), read)

    def test_mild_lines_get_no_oath(self):
        for said, read in MILD:
            with self.subTest(said):
                self.assertEqual(in_pirate(said), read)

    def test_jests_about_machines_are_not_grave(self):
        self.assertIn("galleon be dead", in_pirate("the server is dead", "captain"))
        self.assertIn("galleon went", in_pirate("your server died", "captain"))

    def test_code_stays(self):
        for said in CODE:
            for strength in STRENGTHS:
                with self.subTest(said, strength=strength):
                    self.assertEqual(in_pirate(said, strength), said)

    def test_only_lines_of_code_stay(self):
        self.assertEqual(in_pirate("this is it:\nx = your.value\nyou see"), "this be it:\nx = your.value\nye see")

    def test_other_languages_stay(self):
        for said in FOREIGN:
            for strength in STRENGTHS:
                with self.subTest(said, strength=strength):
                    self.assertEqual(in_pirate(said, strength), said)


class Time(unittest.TestCase):
    def test_bells(self):
        struck = {
            "0:00": "eight bells", "0:30": "one bell", "4:00": "eight bells", "6:30": "five bells",
            "12:00": "eight bells", "15:30": "seven bells", "16:00": "eight bells", "16:30": "one bell",
            "17:30": "three bells", "18:00": "four bells", "18:30": "one bell", "19:30": "three bells",
            "20:00": "eight bells", "20:30": "one bell", "23:30": "seven bells",
        }  # fmt: skip
        for time, expected in struck.items():
            hour, minute = map(int, time.split(":"))
            self.assertEqual(bells(2 * hour + minute // 30), expected, time)

    def test_watches(self):
        watches = {1: "middle watch", 9: "mornin' watch", 17: "forenoon watch", 25: "afternoon watch"}
        watches |= {33: "first dog watch", 36: "first dog watch", 37: "last dog watch", 41: "first watch"}
        for half_hours, expected in watches.items():
            self.assertEqual(watch(half_hours), expected)

    def test_in_messages(self):
        for said, read in (
            ("you come at 5:30pm", "ye come at three bells (5:30pm)"),
            ("you come at 3 p.m. or later", "ye come at six bells (3 p.m.) or later"),
            ("we meet at 10:30, ye know", "we meet at five bells (10:30), ye know"),
            ("you come at 17:30", "ye come at three bells (17:30)"),
            ("you come at 7:00", "ye come at 7:00"),  # six bells, or two
            ("you come at 5:45 pm", "ye come at 5:45 pm"),
            ("you come at 14:00-15:00", "ye come at 14:00-15:00"),
            ("you come at 10:30 CET", "ye come at 10:30 CET"),
            ("yer code `at 5:30 pm` runs", "yer code `at 5:30 pm` runs"),
            ("you have 404 messages", "ye have 404 messages"),
        ):
            with self.subTest(said):
                self.assertIn(read, in_pirate(said))

    def test_captains_announce_the_meaning_of_a_status(self):
        self.assertIn("ye got a 404 (th' chest be empty)", in_pirate("you got a 404", "captain"))
        self.assertNotIn("(", in_pirate("you got a 404"))

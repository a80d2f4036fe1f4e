"""A plug-in with a malicious translator: its title, its results and its errors contain markup."""

from piratechat.translation import Failed, Translated, Translator, Unavailable

TITLE = "<img src=x onerror='window.hacked=20'>"
ANSWER = "</p><script>window.hacked=21</script>"
REASON = "<svg onload='window.hacked=22'>"


class Hostile(Translator):
    name = "hostile"
    title = TITLE
    reach = "host"
    recipient = TITLE

    def translate(self, batch, target=None, source=None, deadline=None):
        return [Failed(Unavailable(REASON)) if text == "fail" else Translated(ANSWER) for text in batch]


def includeme(config):
    config.add_translator("hostile", lambda _room: Hostile())

"""Take the screenshots for README.md: bin/python tools/reading_pictures.py [FOLDER].

They show one room as two people read it.  The program starts the chat, Apertium (apertium-apy, with English and
Spanish) and Chromium.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOCS = os.path.join(TOP, "docs")
sys.path[:0] = [TOP, os.path.join(TOP, "pyramid_sockjs", "tests")]

from sockjs_support.browsers import start_browser  # noqa: E402
from sockjs_support.waiting import wait_until  # noqa: E402
from tests.support.apertium import ApertiumLayer  # noqa: E402
from tests.support.chat_servers import ChatServer  # noqa: E402
from tests.support.chatting import Browser, Window  # noqa: E402

#: The size in CSS pixels, and the number of device pixels for each of them.
WIDTH, HEIGHT, SCALE = 420, 516, 2
#: Waits until fonts are loaded, and animations have ended.
STILL = """
const done = arguments[0]
const ended = () => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))
document.fonts.ready.then(ended).then(() => requestAnimationFrame(() => requestAnimationFrame(done)))
"""
INI = """\
[pipeline:main]
pipeline = theme chat

[filter:theme]
use = config:{config}#theme

[app:chat]
use = config:{config}#chat
piratechat.translators = pirate spanish original
piratechat.translator.spanish.use = apertium
piratechat.translator.spanish.url = {apertium}
piratechat.translator.spanish.title = Español
piratechat.translator.spanish.target = es

[server:main]
use = config:{config}
"""
#: A conversation that Apertium translates well.
TALK = (
    ("Ada", "Good morning, my friends! The ship is ready, and the crew is hungry."),
    ("Bo", "Hello, my friend! The night is beautiful, and the sea is calm."),
)
#: The translator of each screenshot, which is also its name, and its theme.
READINGS = {"pirate": "pirate", "spanish": "harbour"}


@contextmanager
def chat() -> Iterator[ChatServer]:
    """Start a chat with the two translators."""
    apertium = ApertiumLayer("PICTURES")
    apertium.setUp()
    if apertium.url is None:
        sys.exit(ApertiumLayer.MISSING)
    folder = tempfile.mkdtemp(prefix="piratechat-")
    try:
        ini = os.path.join(folder, "chat.ini")
        with open(ini, "w", encoding="utf-8") as file:
            file.write(INI.format(config=os.path.join(TOP, "tests", "config", "chat.ini"), apertium=apertium.url))
        server = ChatServer(folder, ini=ini)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
        apertium.tearDown()


def talk(server: ChatServer, windows: ExitStack) -> str:
    """Post the conversation in a room, and return its path; the authors stay until `windows` are closed."""
    owner = Browser(server.port)
    room = owner.open_room("Treasure hunt")
    people: dict[str, Window] = {}
    for name in ("Ada", "Bo", "Lucía"):
        browser = owner if name == "Ada" else Browser(server.port).visit(room)
        people[name] = Window(server.port, room, browser)
        windows.callback(people[name].close)
        people[name].join(name=name)
    for name, said in TALK:
        people[name].say(said)
        while people[name].hear("message")["text"] != said:
            pass
    return room


def picture(url: str, view: str, theme: str) -> bytes:
    """Return a PNG of the room at `url` in `theme`, translated by `view`, with the originals below."""
    driver = start_browser(["--hide-scrollbars"])
    try:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": SCALE, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get(f"{url}?as={view}")
        driver.execute_script("document.querySelector(`#theme-chooser [value=${arguments[0]}]`).click()", theme)
        wait_until(lambda: f"/theme/{theme}/" in driver.page_source, "the theme")
        driver.get(f"{url}?as={view}")
        wait_until(lambda: len(driver.find_elements("css selector", ".message details")) == len(TALK), "the talk")
        driver.execute_script("document.querySelector('#beside input').click()")
        driver.execute_async_script(STILL)
        png: bytes = driver.get_screenshot_as_png()
    finally:
        driver.quit()
    return png


def main(folder: str = DOCS) -> None:
    """Write the screenshots into `folder`."""
    with chat() as server, ExitStack() as windows:
        room = talk(server, windows)
        for view, theme in READINGS.items():
            with open(os.path.join(folder, f"reading-{view}.png"), "wb") as file:
                file.write(picture(f"{server.url}{room}", view, theme))


if __name__ == "__main__":
    main(*sys.argv[1:])

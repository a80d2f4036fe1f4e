"""Measure the responsiveness of a room's page in Chromium, for each theme, in one table.

    bin/python bench/pages.py [--messages 1000]

Each theme is compared with the plain one of the same run.  Times are the median and, after the slash, the 95th
percentile, in milliseconds; the heap is that of twice as many messages.  Nothing here is asserted.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from selenium import webdriver
from selenium.webdriver.common.by import By

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from client import Session

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PORT = 8088
URL = f"http://127.0.0.1:{PORT}"
ROOM = "/rooms/bench"
THEMES = ("plain", "pirate", "harbour", "terminal")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking")
HEAD = [
    "theme   ",
    "until live",
    "key to frame",
    "scroll frame",
    "to original: blocked",
    "done",
    "to pirate: blocked",
    "done ",
    "heap MB",
]
#: Messages posted by one session.
OF_A_SESSION = 100
#: Timeout in seconds.
PATIENCE = 120
#: The number of typed keys, and of scrolled frames.
TRIES = 40

#: Waits until the page is connected.
WATCH = """
    new MutationObserver(() => {
      const state = document.querySelector('#connection[data-state="connected"]')
      if (state && !window.liveAfter) window.liveAfter = performance.now()
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] })
"""
#: Measures the time from a key to the frame that shows its letter.
TYPE = """
    const done = arguments[0], field = document.querySelector('#text'), times = []
    field.focus()
    const next = () => {
      if (times.length === arguments[1]) { field.value = ''; done(times); return }
      const begun = performance.now()
      document.execCommand('insertText', false, 'a')
      requestAnimationFrame(() => setTimeout(() => { times.push(performance.now() - begun); next() }))
    }
    next()
"""
#: Measures the duration of frames while the log is scrolled.
SCROLL = """
    const done = arguments[0], log = document.querySelector('#log'), times = []
    let before = performance.now()
    const step = () => {
      const now = performance.now()
      times.push(now - before); before = now
      log.scrollTop += times.length % 20 < 10 ? -400 : 400
      if (times.length > arguments[1]) done(times.slice(1)); else requestAnimationFrame(step)
    }
    requestAnimationFrame(step)
"""
#: Measures how long a change of the translator blocks the page, and how long until nothing changes any more.
SWITCH = """
    const done = arguments[0], begun = performance.now()
    let last = begun
    const watching = new MutationObserver(() => { last = performance.now() })
    watching.observe(document.querySelector('#messages'), { subtree: true, childList: true, attributes: true })
    document.querySelector(`#views [data-view="${arguments[1]}"]`).click()
    setTimeout(() => {
      const blocked = performance.now() - begun
      const look = () => {
        if (performance.now() - last < 1000) { setTimeout(look, 100); return }
        watching.disconnect()
        done([blocked, last - begun])
      }
      look()
    })
"""


def run(driver, script, value):
    """Run a script, and return what it passes to its callback; `value` is its second argument."""
    return driver.execute_async_script(f"(function () {{{script}}})(arguments[1], arguments[0])", value)


def spread(times):
    times = sorted(times)
    return f"{statistics.median(times):.0f} / {times[int(len(times) * 0.95) - 1]:.0f}"


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"It took too long: {what}")
        time.sleep(0.05)


def is_served():
    try:
        return urllib.request.urlopen(URL + "/healthz", timeout=5).status == 200
    except OSError:
        return False


def open_room():
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    token = re.search('name="csrf_token" value="([^"]*)"', opener.open(URL).read().decode())[1]
    opener.open(URL, urllib.parse.urlencode({"csrf_token": token, "name": "bench"}).encode()).read()


def fill(messages):
    """Post the messages in the room, a few from each session, because sessions do not answer heartbeats."""
    for first in range(0, messages, OF_A_SESSION):
        session = Session(("127.0.0.1", PORT), f"{ROOM}/sockjs", first)
        session.wait_open('{"type": "join", "name": "Speaker", "as": "original"}')
        for number in range(first, first + OF_A_SESSION):
            session.send(40 + number * 7 % 160)
        wait_for("saying", lambda session=session: session.receive() is None or session.received >= OF_A_SESSION)
        session.sock.close()


def load(driver, count):
    """Load older messages until the page has `count`."""

    def is_there():
        older = driver.find_elements(By.CSS_SELECTOR, "#older a")
        if older:
            driver.execute_script("arguments[0].click()", older[0])
        return len(driver.find_elements(By.CSS_SELECTOR, "#messages > li")) >= count

    wait_for(f"{count} messages", is_there)
    driver.execute_script("const log = document.querySelector('#log'); log.scrollTop = log.scrollHeight")
    time.sleep(1)


def time_until_live(driver):
    """Load the room; return the time in ms until the page has joined it."""
    driver.get(URL + ROOM)
    wait_for("the connection", lambda: driver.execute_script("return window.liveAfter"))
    return driver.execute_script("return window.liveAfter")


def measured(theme, messages):
    """Return the row of a theme."""
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options)
    try:
        driver.set_script_timeout(PATIENCE)
        driver.set_window_size(1280, 800)
        driver.get(URL + "/healthz")
        driver.add_cookie({"name": "piratechat-theme", "value": theme})
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        live = [time_until_live(driver) for _ in range(5)]
        load(driver, messages)
        keys, frames = run(driver, TYPE, TRIES), run(driver, SCROLL, 2 * TRIES)
        switches = [*run(driver, SWITCH, "original"), *run(driver, SWITCH, "pirate")]
        load(driver, 2 * messages)
        driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        heap = driver.execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"] / 1e6
        spreads = [spread(times) for times in (live, keys, frames)]
        return [theme, *spreads, *(f"{time:.0f}" for time in switches), f"{heap:.1f}"]
    finally:
        driver.quit()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000, help="on the page (default 1000), and twice as many")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="piratechat-bench-") as folder:
        command = [
            "bin/gunicorn",
            "--paste",
            "bench/chat.ini",
            "--paste-global",
            f"var={folder}",
            "-b",
            f"127.0.0.1:{PORT}",
        ]
        server = subprocess.Popen(command, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for("starting", is_served)
            open_room()
            fill(2 * options.messages + 100)
            rows = [measured(theme, options.messages) for theme in THEMES]
        finally:
            server.terminate()
            server.wait()
    for row in [HEAD, ["-" * len(name) for name in HEAD], *rows]:
        print("| " + " | ".join(cell.rjust(len(name)) for cell, name in zip(row, HEAD, strict=True)) + " |")


if __name__ == "__main__":
    main()

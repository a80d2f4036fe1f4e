"""Starts Chromium, headless unless the environment has HEADED=1."""

import os
import shutil

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from sockjs_support.waiting import TIMEOUT

CHROMIUM_ARGUMENTS = [
    *([] if os.environ.get("HEADED") == "1" else ["--headless=new"]),
    "--no-sandbox",  # Chromium refuses to run as root with its sandbox
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # Disables requests to servers other than the test's.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def is_chromium_there():
    """Whether Chromium and its driver are installed."""
    return all(shutil.which(program) for program in ("chromium", "chromedriver"))


def start_browser(arguments=()):
    """Return a WebDriver for a new browser, with additional command-line `arguments`."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in (*CHROMIUM_ARGUMENTS, *arguments):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    driver.set_script_timeout(TIMEOUT)
    return driver

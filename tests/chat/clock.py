"""Gives the server a clock of its own, to set it back: a plug-in for tests."""

import os
import time


def includeme(config):
    """Let the hours in the file `clock` of the chat's folder, if there is one, be added to the time."""
    path = os.path.join(config.registry.settings["piratechat.var"], "clock")
    true_time, true_time_ns = time.time, time.time_ns

    def hours():
        try:
            with open(path) as file:
                return int(file.read())
        except FileNotFoundError:
            return 0

    time.time = lambda: true_time() + 3_600 * hours()
    time.time_ns = lambda: true_time_ns() + 3_600 * 10**9 * hours()

"""A pytest plugin that reports skipped tests at the end of a run, and can forbid them.

With PIRATECHAT_NO_SKIPS=1 in the environment, as in CI, a run with a skipped test fails.
"""

import os
from collections import Counter

import pytest

FORBIDDEN = "PIRATECHAT_NO_SKIPS"


def reasons(reporter):
    """Return the number of skipped tests by reason."""
    return Counter(_reason(report) for report in reporter.stats.get("skipped", ()))


def _reason(report):
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def _are_forbidden():
    return os.environ.get(FORBIDDEN, "") not in ("", "0")


def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _are_forbidden() and reasons(reporter) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    found = reasons(terminalreporter)
    if not found:
        return
    forbidden = _are_forbidden()
    colour = {"red" if forbidden else "yellow": True, "bold": True}
    terminalreporter.section(f"SKIPPED: {found.total()} tests", "!", **colour)
    for reason, count in found.most_common():
        terminalreporter.line(f"{count}: {reason}", **colour)
    if forbidden:
        terminalreporter.line(f"{FORBIDDEN} is set: skipped tests count as failed.", **colour)

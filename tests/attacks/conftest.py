"""Prints a summary of the fuzzing, with the seed to repeat it."""


def pytest_terminal_summary(terminalreporter):
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for line in report.capstdout.splitlines():
                if line.startswith("fuzz: "):
                    terminalreporter.write_line(line)

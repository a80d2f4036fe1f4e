"""Shows at the end of a run what has been tried, with the seed by which it can be tried again."""


def pytest_terminal_summary(terminalreporter):
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for line in report.capstdout.splitlines():
                if line.startswith("fuzz: "):
                    terminalreporter.write_line(line)

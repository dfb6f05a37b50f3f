"""`pytest --requirements`: what tests show of docs/requirements.toml, and the outcome by id."""

import pytest
from security_table import ids_of, requirements


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--requirements", action="store_true", help="pass or fail of each requirement")


def _ids(name: str) -> set[str]:
    test, _, case = name.partition("[")
    # The kit's cases are told as sentences.
    told = case.removesuffix("]").replace(" ", "_")
    return (ids_of(test) | ids_of(told)) & requirements().keys()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that show none."""
    if config.getoption("--requirements"):
        config.hook.pytest_deselected(items=[item for item in items if not _ids(item.name)])
        items[:] = [item for item in items if _ids(item.name)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each id."""
    if not terminalreporter.config.getoption("--requirements"):
        return
    counts: dict[str, dict[str, int]] = {name: {} for name in requirements()}
    for outcome in ("failed", "error", "passed", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name in _ids(report.nodeid.rpartition("::")[2]):
                counts[name][outcome] = counts[name].get(outcome, 0) + 1
    terminalreporter.section("requirements of docs/requirements.toml")
    for name, one in requirements().items():
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts[name].items())
        reason = one.get("not_met") or one.get("measured") or "not run"
        line = f"{name} {one['grade']} {_verdict(counts[name]):9}{told or reason}"
        terminalreporter.write_line(f"{line}; partly: {one['partly']}" if "partly" in one else line)


def _verdict(counts: dict[str, int]) -> str:
    if counts.keys() & {"failed", "error"}:
        return "FAIL"
    return "pass" if "passed" in counts else "-"

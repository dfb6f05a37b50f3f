"""Deployments of deploy/ with Docker Compose: `make test-containers`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import compose
from support.compose import Compose
from support.crowd import Report

TIMEOUT_SECONDS = 600
REPORTS: list[Report] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bringing a deployment up takes longer than a test usually may."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the faults did."""
    if REPORTS:
        terminalreporter.section("faults in containers")
        terminalreporter.write_line(Report.HEAD)
        for report in REPORTS:
            terminalreporter.write_line(report.row())


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a fresh clone."""
    compose.skip_without_docker()
    return compose.clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def stack(clone: Path) -> Iterator[Compose]:
    """Give the plain deployment that most tests share; who breaks it mends it."""
    with compose.deployed(clone) as made:
        yield made

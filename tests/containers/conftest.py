"""Deployments of deploy/ with Docker Compose: `make test-containers`."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from support import compose, traffic
from support.compose import RECOVER_SECONDS, Compose
from support.traffic import Traffic

TIMEOUT_SECONDS = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test the time to bring a deployment up; the shared one comes last, alone."""
    items.sort(key=lambda item: "stack" in getattr(item, "fixturenames", ()))
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))


def under_load(stack: Compose, fault: str, **options: Any) -> AbstractContextManager[Traffic]:
    """Break something in the block while people come through the balancer."""
    options = {
        "readers": 4,
        "writers": 4,
        "visits": "/docs",
        "patience_s": RECOVER_SECONDS,
        **options,
    }
    return traffic.under_load(fault, stack.url, **options)


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

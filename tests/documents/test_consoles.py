"""Every console of the documentation is typed as it stands, and says what is shown."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from support.documents import blocks, documents
from support.terminal import Terminal

from devstack.ports import free_ports

TUTORIAL = "docs/tutorial.md"
# The documents' ports: gateways, a service of the reader's own.
NAMED = ("8080", "8081", "8082", "5000")


def to_type(document: str) -> bool:
    shown = [one for one in blocks(document) if one.language == "console"]
    return any(not (one.shown_by or one.form_only) for one in shown)


def follow(document: str, terminal: Terminal) -> None:
    shown = blocks(document)
    first = next((one for one in shown if one.language == "console" and not one.words), None)
    if not terminal.running and not (first and "make run" in first.text):
        terminal.follow(next(one for one in blocks("README.md") if "make run" in one.text))
    for block in shown:
        terminal.follow(block)


def terminal(folder: Path) -> Terminal:
    return Terminal(folder, dict(zip(NAMED, free_ports(len(NAMED)), strict=True)))


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[None]]:
    """Begin the tutorial: it waits for half a minute, in which the others are read."""
    folder = tmp_path_factory.mktemp("tutorial")

    def read() -> None:
        with terminal(folder) as reader:
            follow(TUTORIAL, reader)

    with ThreadPoolExecutor() as pool:
        yield pool.submit(read)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, tutorial: Future[None]) -> Iterator[Terminal]:
    """Give somebody who reads one document after another, a stack running in the other window."""
    assert tutorial
    with terminal(tmp_path_factory.mktemp("reader")) as made:
        yield made


@pytest.mark.parametrize(
    "document", [one for one in documents() if to_type(one) and one != TUTORIAL]
)
def test_a_documents_consoles_say_what_is_shown(document: str, reader: Terminal) -> None:
    follow(document, reader)


def test_the_tutorial_ends_well(tutorial: Future[None]) -> None:
    assert tutorial.result(110) is None

"""Setting peers up: what is missing is said in one line, and stale environments are noticed."""

from pathlib import Path

import pytest

from peers.environment import SOURCES
from peers.errors import PeerError
from peers.node_environment import NodeEnvironment
from peers.peer import PEERS, Peer
from peers.python_environment import PythonEnvironment


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty PATH, for what a test puts there."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)


@pytest.fixture
def node(tmp_path: Path) -> NodeEnvironment:
    return NodeEnvironment("express", folder=tmp_path / "express")


@pytest.mark.usefixtures("path")
def test_without_node_one_line_says_so(node: NodeEnvironment) -> None:
    with pytest.raises(PeerError, match=r"^express: no Node.js here: install 20 or newer$"):
        node.set_up()


def test_an_old_node_is_named(node: NodeEnvironment, path: Path) -> None:
    program(path / "node", "v18.20.4")
    with pytest.raises(PeerError, match=r"^express: Node.js is v18.20.4: install 20 or newer$"):
        node.check()


def test_node_without_npm_is_told(node: NodeEnvironment, path: Path) -> None:
    program(path / "node", "v22.1.0")
    with pytest.raises(PeerError, match=r"^express: Node.js is here without npm: install npm$"):
        node.set_up()


def test_what_is_not_set_up_is_told(tmp_path: Path) -> None:
    environment = PythonEnvironment("flask_session", folder=tmp_path / "none")
    with pytest.raises(PeerError, match=r"^flask_session: not set up: run `make peers`$"):
        environment.check()


def test_a_failed_installation_leaves_nothing_that_looks_ready(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "requirements.txt").write_text("flask==3.1.3\n")  # No hash: pip refuses it.
    environment = PythonEnvironment("unhashed", source, tmp_path / "folder")
    with pytest.raises(PeerError, match=r"^unhashed: python failed: .+"):
        environment.set_up()
    assert not environment.ready()


def test_new_pins_make_an_environment_stale(tmp_path: Path) -> None:
    class Empty(PythonEnvironment):
        def _install(self) -> None:
            pass

    (tmp_path / "requirements.txt").write_text("flask==3.1.3\n")
    environment = Empty("empty", tmp_path, tmp_path / "folder")
    environment.set_up()
    assert environment.ready()
    (tmp_path / "requirements.txt").write_text("flask==3.1.4\n")
    assert not environment.ready()


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
def test_the_readme_names_the_versions_that_are_pinned(peer: Peer) -> None:
    assert peer.title in (SOURCES / "README.md").read_text()

"""No block of code in the documentation is left unchecked."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from support.documents import ROOT, Block, blocks, documents, source

from gateway.routes import load_routes

BLOCKS = [block for document in documents() for block in blocks(document)]
RUN = {"console", "python"}
PARSED = {"toml", "yaml", "json"}
# Drawn, not run.
PICTURES = {"mermaid"}
FOLDERS = re.compile(r"(?:^|\s)-[fk] ([\w./-]+)")
TARGETS = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)


def of(*languages: str, elsewhere: bool) -> list[Block]:
    """List the blocks of some languages that are, or are not, shown elsewhere than here."""
    found = [one for one in BLOCKS if one.language in languages]
    return [one for one in found if bool(one.shown_by or one.form_only) is elsewhere]


def test_every_block_says_how_it_is_shown_to_be_right() -> None:
    unmarked = [
        str(one)
        for one in BLOCKS
        if not (one.language in RUN | PARSED | PICTURES or (one.language and one.shown_by))
    ]

    assert len(BLOCKS) > 40
    assert unmarked == []


def test_code_is_in_fenced_blocks() -> None:
    """An indented block would be looked at by nobody."""
    for document in documents():
        text = re.sub(
            r"^```.*?^```$", "", (ROOT / document).read_text(), flags=re.MULTILINE | re.DOTALL
        )
        assert not re.findall(r"\n\n {4,}\S.*", text), document


@pytest.mark.parametrize("block", [one for one in BLOCKS if one.shown_by], ids=str)
def test_who_shows_a_block_exists(block: Block) -> None:
    assert (ROOT / (block.shown_by or "")).is_file()


@pytest.mark.parametrize("block", of("console", elsewhere=True), ids=str)
def test_a_console_that_is_shown_elsewhere_names_what_there_is(block: Block) -> None:
    for step in block.steps:
        parsed = subprocess.run(
            ["bash", "-n"], input=step.command, capture_output=True, text=True, check=False
        )
        assert parsed.returncode == 0, parsed.stderr
        assert set(re.findall(r"\bmake ([a-z-]+)", step.command)) <= set(TARGETS)
        for module in re.findall(r"python3? -m ([\w.]+)", step.command):
            assert find_spec(module), module
        for path in FOLDERS.findall(step.command):
            assert not path.startswith("deploy/") or (ROOT / path).exists(), path


@pytest.mark.parametrize("block", of("toml", elsewhere=False), ids=str)
def test_routes_are_read_by_the_gateways_own_parser(block: Block, tmp_path: Path) -> None:
    assert "[[routes]]" in block.text
    (tmp_path / "gateway.toml").write_text(block.text)
    assert load_routes(str(tmp_path / "gateway.toml")).routes


def test_data_is_well_formed() -> None:
    for block in of("yaml", "json", elsewhere=False):
        read = yaml.safe_load if block.language == "yaml" else json.loads
        read(block.text)


@pytest.mark.parametrize(
    "document",
    sorted({one.document for one in of("python", elsewhere=False) if not one.file}),
)
def test_python_runs_as_it_stands(document: str, redis_url: str) -> None:
    text = source(document, redis_url)
    subprocess.run([sys.executable, "-c", text], check=True, timeout=30)


@pytest.mark.parametrize("block", [one for one in BLOCKS if one.file], ids=str)
def test_a_file_that_is_shown_is_used_by_a_console(block: Block) -> None:
    consoles = [one.text for one in blocks(block.document) if one.language == "console"]
    stem = Path(block.file or "").stem
    assert any(stem in text for text in consoles)


def test_every_document_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    told = {(ROOT / "docs" / path).resolve() for path in re.findall(r"\]\(([\w./-]+)", index)}
    kept = [one for one in (ROOT / "docs").rglob("*.md") if one.parent.name != "decisions"]

    assert [one.name for one in kept if one.resolve() not in told] == ["README.md"]


def test_links_between_documents_lead_somewhere() -> None:
    for document in documents():
        path = ROOT / document
        text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", text):
            there = (path.parent / target) if target else path
            assert there.exists(), f"{document}: {target}"
            if anchor and there.suffix == ".md":
                headings = re.findall(r"^#+ (.*)$", there.read_text(), re.MULTILINE)
                slugs = [re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings]
                assert anchor in slugs, f"{document}: {target}#{anchor}"

"""The documentation's blocks of code, for tests that run them.

A block's first line says how it is shown to be right: a language alone is run or parsed; a file's
name after it (```toml gateway.toml) is also where it is put; `shown by PATH` names the test, or
the script, that runs such a thing where this one cannot; `form only` says that nobody does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```(\w*)[ ]?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OTHERS = {"node_modules", "build"}


@dataclass(frozen=True)
class Step:
    """A command of a console, and the text that shall follow it."""

    command: str
    output: str


@dataclass(frozen=True)
class Block:
    """A fenced block: its document's path, line, language, what else its first line says, text."""

    document: str
    line: int
    language: str
    words: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def shown_by(self) -> str | None:
        """The file that runs it elsewhere."""
        return self.words.removeprefix("shown by ") if self.words.startswith("shown by ") else None

    @property
    def form_only(self) -> bool:
        """Whether only its form is looked at."""
        return self.words == "form only"

    @property
    def file(self) -> str | None:
        """The file that it is."""
        return None if self.shown_by or self.form_only else self.words or None

    @property
    def steps(self) -> Iterator[Step]:
        """Read a console: commands begin with `$ `, go on indented, and what follows is output."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, *rest = part.splitlines()
            while rest and re.match(r"\s{4}", rest[0]):
                command += "\n" + rest.pop(0)
            yield Step(command, "\n".join(rest).strip())


def documents() -> list[str]:
    """List every Markdown file of the repository."""
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*.md"))
    kept = (one for one in found if not any(p[0] == "." or p in _OTHERS for p in one.parts))
    return sorted(map(str, kept))


def blocks(document: str) -> list[Block]:
    """Return a document's blocks, in order."""
    text = (ROOT / document).read_text()
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, *found.groups())
        for found in _FENCE.finditer(text)
    ]


def texts(document: str, language: str) -> list[str]:
    """Return the texts of a document's blocks of one language."""
    return [one.text for one in blocks(document) if one.language == language]


def source(document: str, redis_url: str) -> str:
    """Return a document's Python that is no file, all of it as one program on this Redis."""
    shown = (one for one in blocks(document) if one.language == "python" and not one.words)
    return "\n".join(one.text for one in shown).replace("redis://127.0.0.1:6379", redis_url)


def program(document: str, redis_url: str) -> dict[str, Any]:
    """Run it as one module; return the module's names."""
    module = ModuleType("documented")
    code = compile(source(document, redis_url), document, "exec")
    exec(code, vars(module))  # noqa: S102 - our own documentation
    return vars(module)

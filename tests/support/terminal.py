"""Somebody at a terminal who follows a document to the letter."""

import os
import re
import shlex
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from support.documents import ROOT, Block, Step

_RUN = re.compile(r"((?:\w+=\S+ )*)make run")
_DONE = "@done "
# The environment is set up already; a document's `make` does not set it up again.
_MAKE = ("make", "--silent", "--old-file", ".venv/.runs", "--old-file", ".venv/.ready")


def pattern(shown: str) -> re.Pattern[str]:
    """Return what output must match, `...` standing for anything, and a gap for any gap."""
    words = [r"\s+".join(map(re.escape, part.split())) for part in shown.split("...")]
    return re.compile(r"\s*.*?\s*".join(words), re.DOTALL)


class Terminal:
    """A folder like a checkout, and what runs in it. `ports` maps a document's ports to ours."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        self._folder, self._ports = folder, ports
        for one in ROOT.iterdir():
            if one.name not in {".git", ".run", "__pycache__"}:
                (folder / one.name).symlink_to(one)
        self._env = {
            **{name: value for name, value in os.environ.items() if name != "RUN_DIR"},
            "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}",
            "PORT": str(ports["8080"]),
        }
        self._shell = self._start(["bash"])
        self._stack: subprocess.Popen[str] | None = None
        self._say(f'make() {{ command {shlex.join(_MAKE)} "$@"; }}')

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._stop_stack()
        os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.communicate()

    @property
    def running(self) -> bool:
        """Whether the stack runs."""
        return self._stack is not None

    def follow(self, block: Block) -> None:
        """Put a block that is a file in its place; run a console and compare what comes."""
        if block.file:
            (self._folder / block.file).write_text(self.here(block.text))
        if block.language == "console" and not (block.shown_by or block.form_only):
            for step in block.steps:
                self._do(block, step)

    def here(self, text: str) -> str:
        """Return a text with this machine's ports."""
        named = "|".join(self._ports)
        return re.sub(rf"\b(?:{named})\b", lambda found: str(self._ports[found[0]]), text)

    def _do(self, block: Block, step: Step) -> None:
        shown, run = self.here(step.output), _RUN.fullmatch(step.command)
        if run:
            status, told = 0, self._run_stack(run[1], len(shown.splitlines()))
        else:
            status, told = self._say(self.here(step.command))
        where = f"{block}: $ {step.command}\n{told}"
        if shown:
            assert pattern(shown).fullmatch(told.strip()), f"{where}\nis not\n{shown}"
        else:
            assert status == 0, where

    def _start(self, command: list[str], **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env={**self._env, **more},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _say(self, command: str) -> tuple[int, str]:
        """Let the shell run a command; return its status and what it said."""
        to, answers = _pipes(self._shell)
        to.write(f"{command}\nprintf '\\n{_DONE}%s\\n' $?\n")
        to.flush()
        told = list[str]()
        for line in answers:
            if line.startswith(_DONE):
                return int(line.removeprefix(_DONE)), "".join(told)
            told.append(line)
        raise AssertionError(f"the shell ended at: {command}")

    def _run_stack(self, settings: str, lines: int) -> str:
        """Start the stack, after Ctrl-C for the one before; return the first lines it says."""
        self._stop_stack()
        more = dict(one.split("=", 1) for one in settings.split())
        self._stack = self._start([*_MAKE, "run"], **more)
        _, answers = _pipes(self._stack)
        return "".join(answers.readline() for _ in range(lines))

    def _stop_stack(self) -> None:
        if self._stack is not None:
            os.killpg(self._stack.pid, signal.SIGINT)
            self._stack.communicate(timeout=60)
            self._stack = None


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout

"""What a peer runs in: a folder under `.peers/` with everything its requirements pin."""

import hashlib
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from peers.errors import PeerError

SOURCES = Path(__file__).parents[2]
HOME = SOURCES.parents[1] / ".peers"
RUN_SECONDS = 600


class Environment(ABC):
    """One peer's sources and the installed packages they need.

    `requirements` is the file that pins them; changing it makes the environment stale.
    """

    requirements: str

    def __init__(self, name: str, source: Path | None = None, folder: Path | None = None) -> None:
        self.name = name
        self.source, self.folder = source or SOURCES / name, folder or HOME / name

    def ready(self) -> bool:
        """Tell whether it is set up with exactly what is pinned now."""
        return self._stamp.exists() and self._stamp.read_text() == self._digest()

    def check(self) -> None:
        """Raise PeerError when its peers cannot be started here."""
        self._check_runtime()
        if not self.ready():
            raise PeerError(f"{self.name}: not set up: run `make peers`")

    def set_up(self) -> None:
        """Make it anew from its pins. Raises PeerError."""
        self._check_runtime()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._install()
        self._stamp.write_text(self._digest())

    def run(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> str:
        """Run a command to its end, and return what it printed. Raises PeerError."""
        program = Path(command[0]).name
        try:
            done = subprocess.run(  # noqa: S603 - commands are ours
                command, env=env, check=False, capture_output=True, text=True, timeout=RUN_SECONDS
            )
        except OSError as error:
            raise PeerError(f"{self.name}: {program}: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise PeerError(f"{self.name}: {program} did not end in {RUN_SECONDS} s") from None
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
            raise PeerError(f"{self.name}: {program} failed: {lines[-1]}")
        return done.stdout

    @property
    def _stamp(self) -> Path:
        return self.folder / ".ready"

    def _pins(self) -> str:
        return (self.source / self.requirements).read_text()

    def _digest(self) -> str:
        return hashlib.sha256(self._pins().encode()).hexdigest()

    @abstractmethod
    def version(self, package: str) -> str:
        """Return the pinned version of a package."""

    @abstractmethod
    def command(self, *words: str) -> list[str]:
        """Return the command line that runs one of its programs."""

    @abstractmethod
    def variables(self) -> Mapping[str, str]:
        """Return what its programs want in their environment."""

    @abstractmethod
    def _check_runtime(self) -> None: ...

    @abstractmethod
    def _install(self) -> None: ...

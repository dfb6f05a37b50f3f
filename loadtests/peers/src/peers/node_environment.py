import json
import shutil
from collections.abc import Mapping

from peers.environment import Environment
from peers.errors import PeerError

OLDEST_NODE = 20


class NodeEnvironment(Environment):
    """A `node_modules` folder, filled by npm from exact versions."""

    requirements = "package.json"

    def version(self, package: str) -> str:
        """Return the pinned version of a package."""
        return str(json.loads(self._pins())["dependencies"][package])

    def command(self, *words: str) -> list[str]:
        """Return the command line of one of the peer's scripts."""
        script, *rest = words
        return ["node", str(self.source / script), *rest]

    def variables(self) -> Mapping[str, str]:
        """Let the scripts find packages that are not installed beside them."""
        return {"NODE_PATH": str(self.folder / "node_modules"), "NODE_ENV": "production"}

    def _check_runtime(self) -> None:
        if shutil.which("node") is None:
            raise PeerError(f"{self.name}: no Node.js here: install {OLDEST_NODE} or newer")
        version = self.run(["node", "--version"]).strip()
        if int(version.lstrip("v").partition(".")[0]) < OLDEST_NODE:
            raise PeerError(f"{self.name}: Node.js is {version}: install {OLDEST_NODE} or newer")

    def _install(self) -> None:
        if shutil.which("npm") is None:
            raise PeerError(f"{self.name}: Node.js is here without npm: install npm")
        shutil.copy(self.source / self.requirements, self.folder)
        # No lock file: it would record the addresses that this machine downloaded from.
        quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
        self.run(["npm", "install", "--prefix", str(self.folder), *quiet])

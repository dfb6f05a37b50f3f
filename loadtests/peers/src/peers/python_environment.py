import re
import sys
from collections.abc import Mapping

from peers.environment import Environment


class PythonEnvironment(Environment):
    """A virtual environment, filled from a hashed requirements file."""

    requirements = "requirements.txt"

    def version(self, package: str) -> str:
        """Return the pinned version of a package."""
        pinned = re.search(rf"^{re.escape(package)}==([^\s;]+)", self._pins(), re.MULTILINE)
        if pinned is None:
            raise KeyError(package)
        return pinned[1]

    def command(self, *words: str) -> list[str]:
        """Return the command line of a module: `gunicorn`, `uvicorn`, `django`."""
        return [str(self.folder / "bin" / "python"), "-m", *words]

    def variables(self) -> Mapping[str, str]:
        """Let programs find the peer's own modules, and leave no caches among them."""
        return {"PYTHONPATH": str(self.source), "PYTHONDONTWRITEBYTECODE": "1"}

    def _check_runtime(self) -> None:
        """Nothing is to be asked: what runs this is a Python."""

    def _install(self) -> None:
        self.run([sys.executable, "-m", "venv", str(self.folder)])
        hashed = ["install", "--quiet", "--require-hashes", "--requirement"]
        self.run(self.command("pip", *hashed, str(self.source / self.requirements)))

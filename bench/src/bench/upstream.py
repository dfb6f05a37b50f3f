"""The service behind, where everybody's proxied requests go: nginx, for it takes the least CPU."""

from pathlib import Path
from typing import Self

from bench import nginx
from bench.http import Request
from bench.lanes import DOWNLOAD, PROXIED, UPLOAD
from devstack.process import Process

MIB = 1024 * 1024
# It asks itself for the answer to an upload: what just returns may answer before it read the body.
_LOCATIONS = """
    location = /proxied/small {{ return 200 "hello"; }}
    location = /proxied/mib {{ alias {folder}/mib; }}
    location = /proxied/upload {{
      proxy_pass http://unix:{folder}/own.sock:/empty;
      proxy_pass_request_body off; proxy_set_header Content-Length "";
    }}
    location = /empty {{ return 204; }}
"""
PATHS = {PROXIED: "/proxied/small", DOWNLOAD: "/proxied/mib", UPLOAD: "/proxied/upload"}
"""The path of each kind of work."""


class Upstream:
    """A server of small answers, answers of 1 MiB, and bodies of 1 MiB that it reads."""

    def __init__(self, process: Process, url: str) -> None:
        self._process, self.url, self.pid = process, url, process.pid

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Start it. Raises NotHere, StartError."""
        process, url = nginx.start(folder, _LOCATIONS.format(folder=folder))
        (folder / "mib").write_bytes(b"x" * MIB)
        return cls(process, url)

    def stop(self) -> None:
        """End it."""
        self._process.stop()


def proxied(work: str, url: str, cookie: str) -> Request:
    """Return the request of a kind of work that goes through whoever is at `url`."""
    if work == UPLOAD:
        return Request("POST", url + PATHS[work], {"cookie": cookie}, "x" * MIB)
    return Request("GET", url + PATHS[work], {"cookie": cookie})

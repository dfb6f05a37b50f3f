"""A peer, set up as loadtests/peers tells."""

from pathlib import Path

from bench.http import Request, call, json_request, sign_in
from bench.lanes import ANONYMOUS, DJANGO, EXPRESS, FLASK, INCREMENT, PUT, READ
from bench.subject import HttpSubject
from bench.upstream import PATHS, Upstream, proxied
from peers.peer import PEERS
from peers.running import Running

_COUNTER, _VALUE = "n", "x" * 1024
_WORKS = {
    EXPRESS: (READ, INCREMENT, PUT, ANONYMOUS),
    FLASK: (READ, INCREMENT, PUT, ANONYMOUS),
    DJANGO: (READ, INCREMENT),
}


class PeerSubject(HttpSubject):
    """One process of a peer."""

    def __init__(self, name: str, folder: Path, upstream: Upstream | None) -> None:
        super().__init__()
        peer = PEERS[name]
        self.name, self.title = name, peer.title
        self.works = list(_WORKS[name])
        self.groups = set()
        if name == EXPRESS and upstream:
            self.works += PATHS
            self.groups = {upstream.pid}
        self._running = Running(
            peer, folder, instances=1, upstream=upstream.url if upstream else ""
        )
        self._url, self._cookie, self._writer = self._running.urls[0], "", ""

    def start(self) -> None:
        """Start it and sign in."""
        self._started.callback(self._running.stop)
        self._running.start()
        self.groups |= {process.pid for process in self._running.processes.values()}
        self._cookie, self._writer = sign_in(self._url), sign_in(self._url)

    def request(self, work: str) -> Request:
        """Return the request of a kind of work."""
        url = self._url
        if work in PATHS:
            return proxied(work, url, self._cookie)
        value = {"name": "value", "value": _VALUE}
        return {
            READ: Request("GET", url + "/session", {"cookie": self._cookie}),
            INCREMENT: json_request("POST", url + "/increment", self._cookie, {"name": _COUNTER}),
            PUT: json_request("POST", url + "/put", self._writer, value),
            ANONYMOUS: Request("GET", url + "/session", refused=True),
        }[work]

    def counted(self) -> int:
        """Return the counter that increments add to."""
        return int(call(self.request(READ)).json()["data"].get(_COUNTER, 0))

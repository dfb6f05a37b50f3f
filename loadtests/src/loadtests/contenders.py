"""Who is compared: Holdfast, the peers of loadtests/peers, and whatever runs already."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from loadtests.command import own_stack
from loadtests.faults import Breakable
from loadtests.profiles import Profile, UsageError
from peers.errors import PeerError
from peers.peer import PEERS
from peers.running import Running

IDLE = "HOLDFAST_IDLE_SECONDS"


@dataclass(frozen=True, slots=True)
class Serving:
    """A contender that serves. `servers` are there when we may break them."""

    urls: Sequence[str]
    servers: Breakable | None = None
    idle_seconds: float | None = None
    """Its idle time, where it does not tell deadlines itself."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A system to be tested. `start` serves it, in a folder, the way a profile wants it.

    Each is started when it is its turn, so that none costs another its processor.
    """

    name: str
    title: str
    start: Callable[[Profile, Path], AbstractContextManager[Serving]]
    adapter: str = "common"
    breakable: bool = True


def named(told: str, idle_seconds: float) -> Contender:
    """Return a peer by its name, or what runs already by NAME=URL,URL. Raises UsageError."""
    name, _, urls = told.partition("=")
    if name and urls:
        serving = Serving(urls.split(","), idle_seconds=idle_seconds)
        return Contender(name, urls, lambda *_: nullcontext(serving), breakable=False)
    if told not in PEERS:
        raise UsageError(f"{told!r} is no NAME=URL,URL and none of {', '.join(PEERS)}")
    return _peer(told)


def _peer(name: str) -> Contender:
    peer = PEERS[name]
    try:
        peer.environment.check()
    except PeerError as error:
        raise UsageError(str(error)) from None

    @contextmanager
    def start(profile: Profile, folder: Path) -> Iterator[Serving]:
        idle = int(profile.stack[IDLE])
        # The same Redis, as durable, for everybody.
        with Running(peer, folder, idle_seconds=idle, durable=True) as running:
            yield Serving(running.urls, running, idle)

    return Contender(name, peer.title, start)


def ours() -> Contender:
    """Return Holdfast: two gateways and two auths."""

    @contextmanager
    def start(profile: Profile, folder: Path) -> Iterator[Serving]:
        with own_stack(folder, profile.stack) as stack:
            yield Serving(stack.urls, stack)

    return Contender("holdfast", "this checkout", start, adapter="holdfast")

"""Starts whoever is to be measured."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from bench.argon2_subject import Argon2Subject
from bench.errors import NotHere
from bench.holdfast_subject import HoldfastSubject
from bench.lanes import ARGON2, DJANGO, EXPRESS, FLASK, HOLDFAST, NGINX_LUA, REDIS
from bench.nginx_lua_subject import NginxLuaSubject
from bench.peer_subject import PeerSubject
from bench.redis_subject import RedisSubject
from bench.subject import Subject
from bench.upstream import Upstream
from peers.errors import PeerError


def _candidates(
    names: Collection[str], folder: Path, upstream: Upstream | None
) -> Iterator[Subject]:
    # One after another: a subject chooses free ports when it is made and takes them when started.
    for name in (EXPRESS, FLASK, DJANGO):
        if name in names:
            yield PeerSubject(name, folder / name, upstream)
    if NGINX_LUA in names:
        yield NginxLuaSubject(folder / NGINX_LUA)
    if REDIS in names:
        yield RedisSubject(folder / REDIS)
    if ARGON2 in names:
        yield Argon2Subject()
    if HOLDFAST in names:
        yield HoldfastSubject(folder / HOLDFAST, upstream)


def start(
    names: Collection[str],
    folder: Path,
    cleanup: ExitStack,
    *,
    required: Collection[str],
    proxies: bool,
    tell: Callable[[str], None],
) -> Mapping[str, Subject]:
    """Start these, and a service behind for those who proxy; tell who cannot be had here.

    Raises NotHere and PeerError for those who are required, StartError, NoRedisError, BenchError.
    """
    upstream = _upstream(folder / "upstream", cleanup, tell) if proxies else None
    subjects: dict[str, Subject] = {}
    for subject in _candidates(names, folder, upstream):
        cleanup.callback(subject.stop)
        try:
            subject.start()
        except (NotHere, PeerError) as error:
            if subject.name in required:
                raise
            tell(f"left out: {subject.name}: {error}")
            continue
        tell(f"started {subject.name}: {subject.title}")
        subjects[subject.name] = subject
    return subjects


def _upstream(folder: Path, cleanup: ExitStack, tell: Callable[[str], None]) -> Upstream | None:
    try:
        upstream = Upstream.start(folder)
    except NotHere as error:
        tell(f"left out: whatever is proxied: {error}")
        return None
    cleanup.callback(upstream.stop)
    return upstream

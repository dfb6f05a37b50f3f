"""What both stores do when Redis is slow, silent, gone, a replica, or answers that it will not."""

import asyncio
import contextlib
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvloop
from support import redis_cluster, sentinels
from support.awaited import Awaited
from support.redis_server import Server, serving
from support.sentinels import linked, replica_of
from support.until import until

from devstack.ports import free_ports
from holdfast import Intent, Keys, Lifetime, Op, Reason, Session, Token, User
from holdfast.errors import NotConfirmed, StoreFull, StoreRejected, StoreUnavailable
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore
from holdfast.token import bucket_of_user, random_bucket

LIFETIME = Lifetime(1_800_000, 43_200_000)
KEYS = Keys("hf", b"p" * 32)
MakeStore = Callable[..., Any]


@pytest.fixture(params=["threads", "asyncio"])
def make(request: pytest.FixtureRequest) -> Iterator[MakeStore]:
    """Make a store of either kind."""
    made: list[Any] = []
    with asyncio.Runner() as runner:

        def one(url: str, **options: Any) -> Any:
            threads = request.param == "threads"
            options = {"keys": KEYS, **options}
            made.append(RedisStore(url, **options) if threads else Awaited(runner, url, **options))
            return made[-1]

        yield one
        for store in made:
            store.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def begin(store: Any) -> Token:
    token = Token.new(random_bucket())
    store.create(token, LIFETIME)
    return token


def increment(store: Any, token: Token) -> None:
    store.commit(token, [Intent(Op.INCREMENT, "n", b"1")])


def refused_in(call: Callable[[], object]) -> float:
    start = time.monotonic()
    with pytest.raises(StoreUnavailable):
        call()
    return time.monotonic() - start


def test_the_look_up_of_the_name_is_within_the_deadline(
    make: MakeStore, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, real = threading.Event(), socket.getaddrinfo

    def slow(*args: Any, **named: Any) -> Any:
        answered.wait(30)
        return real(*args, **named)

    store = make(f"redis://localhost:{server.port}/0", timeout_s=0.25)
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    try:
        assert 0.2 < refused_in(store.ping) < 1
    finally:
        answered.set()
    until(lambda: _serves(store), 5)


def _serves(store: Any) -> bool:
    try:
        return bool(store.ping())
    except StoreUnavailable:
        return False


def test_OUT_09_a_frozen_server_is_waited_for_thrice_and_then_not(
    make: MakeStore, server: Server
) -> None:
    told: list[str | None] = []
    store = make(server.url, timeout_s=0.25, on_change=told.append)
    token = begin(store)
    server.freeze()
    waits = [refused_in(lambda: store.load(token)) for _ in range(3)]
    assert max(waits) < 1
    start, calls = time.monotonic(), 0
    while time.monotonic() - start < 0.4:  # less than the interval of the probes
        refused_in(lambda: store.load(token))
        calls += 1
    assert calls > 20
    assert told == ["TimeoutError"]

    server.thaw()
    assert until(lambda: _serves(store), 5) < 2
    assert isinstance(store.load(token), Session)
    assert told == ["TimeoutError", None]


def test_a_stall_that_many_calls_met_is_no_outage(server: Server) -> None:
    """Else a busy machine that stands still for a moment would refuse everybody for longer."""
    told: list[str | None] = []

    async def stall() -> None:
        store = AsyncRedisStore(server.url, KEYS, timeout_s=0.25, on_change=told.append)
        token = Token.new(random_bucket())
        await store.create(token, LIFETIME)
        await store.load(token)
        server.freeze()
        crowd = [store.load(token) for _ in range(20)]
        ends = await asyncio.gather(*crowd, return_exceptions=True)
        server.thaw()
        assert all(isinstance(end, StoreUnavailable) for end in ends)
        assert isinstance(await store.load(token), Session)
        await store.close()

    asyncio.run(stall())
    assert told == []


def test_a_write_that_was_not_answered_is_applied_once_at_most(
    make: MakeStore, server: Server
) -> None:
    store = make(server.url, timeout_s=0.25)
    token = begin(store)
    server.freeze()
    refused_in(lambda: increment(store, token))
    server.thaw()
    until(lambda: _serves(store), 5)
    session = store.load(token)
    assert session.data in ({}, {"n": b"1"})


def test_a_connection_lost_while_idle_fails_no_write(make: MakeStore, server: Server) -> None:
    store = make(server.url, timeout_s=5)
    token = begin(store)
    for _ in range(20):
        server.ask("CLIENT", "KILL", "TYPE", "normal")
        increment(store, token)
    assert store.load(token).data == {"n": b"20"}


def test_a_write_waits_a_moment_for_a_server_that_is_just_coming(
    make: MakeStore, server: Server
) -> None:
    """Nothing was sent while nobody listened, so even a write may be tried once more."""
    store = make(server.url, timeout_s=5)
    token = begin(store)
    refused, tries = threading.Event(), list[int]()
    real = socket.socket.connect

    def connect(sock: socket.socket, address: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            refused.set()
            raise ConnectionRefusedError(111, "Connection refused")
        return real(sock, address)

    server.ask("CLIENT", "KILL", "TYPE", "normal")
    patch = pytest.MonkeyPatch()
    if isinstance(store, Awaited):
        loop_connect = asyncio.BaseEventLoop.create_connection

        async def create(loop: Any, *args: Any, **named: Any) -> Any:
            tries.append(1)
            if len(tries) == 1:
                refused.set()
                raise ConnectionRefusedError(111, "Connection refused")
            return await loop_connect(loop, *args, **named)

        patch.setattr(asyncio.BaseEventLoop, "create_connection", create)
    else:
        patch.setattr(socket.socket, "connect", connect)
    with patch.context():
        increment(store, token)
    patch.undo()
    assert refused.is_set()
    assert store.load(token).data == {"n": b"1"}


def test_a_command_that_is_not_permitted_is_no_outage(make: MakeStore, server: Server) -> None:
    server.ask("ACL", "SETUSER", "few", "on", ">few", "~hf:*", "+@all", "-hincrby", "-get")
    told: list[str | None] = []
    store = make(f"redis://few:few@127.0.0.1:{server.port}/0", timeout_s=5, on_change=told.append)
    token = begin(store)
    for _ in range(10):
        with pytest.raises(StoreRejected):
            store.epoch("somebody")
    assert isinstance(store.load(token), Session)
    assert told == []


def test_a_full_memory_is_no_outage(make: MakeStore, server: Server) -> None:
    told: list[str | None] = []
    store = make(server.url, timeout_s=5, on_change=told.append)
    token = begin(store)
    server.ask("CONFIG", "SET", "maxmemory", "1")
    for _ in range(10):
        with pytest.raises(StoreFull):
            increment(store, token)
    assert isinstance(store.load(token), Session)
    assert told == []


def test_OUT_18_a_replica_is_never_read(make: MakeStore, server: Server) -> None:
    with serving(*replica_of(server)) as replica:
        until(lambda: linked(server), 20)
        token = begin(make(server.url, timeout_s=5))
        until(lambda: replica.ask("DBSIZE") == 1, 20)
        follower = make(replica.url, timeout_s=5)
        with pytest.raises(StoreUnavailable):
            follower.load(token)
        with pytest.raises(StoreUnavailable):
            follower.load(token, passive=True)


@pytest.mark.parametrize("verb", ["end", "end_one", "end_user"])
def test_OUT_13_who_ends_a_session_may_wait_for_replicas(
    make: MakeStore, server: Server, verb: str
) -> None:
    with serving(*replica_of(server)) as replica:
        until(lambda: linked(server), 20)
        store = make(server.url, timeout_s=1, wait_replicas=1)
        server.ask("SCRIPT", "FLUSH")

        def end() -> object:
            match verb:
                case "end":
                    return store.end(begin(store))
                case "end_one":
                    user = User(secrets.token_urlsafe(16), "kingsley")
                    session = store.create(Token.new(bucket_of_user(user.id)), LIFETIME, user=user)
                    return store.end_one(user.id, session.id)
                case _:
                    return store.end_user("somebody", Reason.REVOKED)

        end()
        replica.freeze()
        start = time.monotonic()
        with pytest.raises(NotConfirmed) as told:
            end()
        assert (told.value.confirmed, told.value.wanted) == (0, 1)
        assert time.monotonic() - start < 1
        token = begin(store)
        assert isinstance(store.load(token), Session)  # who only reads or writes does not wait
        replica.thaw()
        until(lambda: not _unconfirmed(end), 10)
        replica.kill()
        with pytest.raises(NotConfirmed):
            end()


def _unconfirmed(end: Callable[[], object]) -> bool:
    try:
        end()
    except NotConfirmed:
        return True
    return False


def test_OUT_13_an_end_that_was_not_confirmed_is_confirmed_by_asking_again(
    make: MakeStore, server: Server
) -> None:
    with serving(*replica_of(server)) as replica:
        until(lambda: linked(server), 20)
        store = make(server.url, timeout_s=0.5, wait_replicas=1)
        token = begin(store)
        replica.freeze()
        with pytest.raises(NotConfirmed):
            store.end(token)
        with pytest.raises(NotConfirmed):  # it changes nothing now, and still must not say so
            store.end(token)
        replica.thaw()
        until(lambda: not _unconfirmed(lambda: store.end(token)), 10)


@pytest.mark.slow
def test_OUT_13_silent_sentinels_do_not_use_up_the_deadline(make: MakeStore) -> None:
    with sentinels.running() as watched, socket.create_server(("127.0.0.1", 0)) as silent:
        url = watched.url_of(silent.getsockname()[1], *watched.ports)
        store = make(url, timeout_s=0.25)
        until(lambda: _serves(store), 5)
        token = begin(store)
        watched.sentinels[0].kill()
        watched.servers[0].kill()
        assert until(lambda: _serves(store), 20) < 15
        assert not _refused(lambda: store.load(token))


def _refused(call: Callable[[], object]) -> bool:
    try:
        call()
    except StoreUnavailable:
        return True
    return False


def test_a_cluster_waits_for_replicas_too(make: MakeStore) -> None:
    with redis_cluster.running() as cluster:
        store = make(cluster.url, timeout_s=1, wait_replicas=1)
        token = begin(store)
        with pytest.raises(NotConfirmed):  # its nodes have none
            store.end(token)
        assert not isinstance(store.load(token), Session)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_OUT_13_a_cluster_that_loses_a_primary_serves_its_other_shards_and_soon_all(
    make: MakeStore, how: str
) -> None:
    told: list[str | None] = []
    with redis_cluster.running(replicas=True) as cluster:
        store = make(cluster.url, timeout_s=0.25, on_change=told.append)
        tokens = [Token.new(bucket) for bucket in range(0, 256, 16)]
        for token in tokens:
            store.create(token, LIFETIME)
        until(cluster.replicated, 10)
        homes = {token: cluster.primary_of(KEYS.base(token.bucket)) for token in tokens}
        lost = homes[tokens[0]]
        others = [token for token in tokens if homes[token] != lost]
        assert others
        node = cluster.nodes[lost]
        node.kill() if how == "killed" else node.signal(signal.SIGSTOP)

        def back() -> bool:
            assert all(isinstance(store.load(token), Session) for token in others)
            return not _refused(lambda: store.load(tokens[0]))

        assert until(back, 20) < 15
        assert all(isinstance(store.load(token), Session) for token in tokens)
        assert [bool(fault) for fault in told] == [True, False]


def test_a_cluster_that_was_never_there_is_given_up_and_told_once(make: MakeStore) -> None:
    told: list[str | None] = []
    ports = free_ports(2)
    url = "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)
    store = make(url, timeout_s=0.25, on_change=told.append)
    waits = [refused_in(lambda: begin(store)) for _ in range(12)]
    assert max(waits) < 1
    assert [bool(fault) for fault in told] == [True]


def test_a_call_follows_its_slot_to_another_node(make: MakeStore) -> None:
    with redis_cluster.running() as cluster:
        store = make(cluster.url, timeout_s=5)
        first = begin(store)  # the map is known
        token = Token.new(first.bucket ^ 1)  # in a slot where nothing is
        cluster.move(KEYS.base(token.bucket))
        store.create(token, LIFETIME)
        assert isinstance(store.load(token), Session)


def test_who_waits_for_replicas_follows_a_slot_too(make: MakeStore) -> None:
    with redis_cluster.running(replicas=True) as cluster:
        store = make(cluster.url, timeout_s=5, wait_replicas=1)
        first = begin(store)
        assert store.end(first)
        token = Token.new(first.bucket ^ 1)  # in a slot where nothing is
        cluster.move(KEYS.base(token.bucket))
        assert store.end(token) is False
        store.create(token, LIFETIME)
        assert store.end(token)


def test_one_callers_end_takes_no_other_call_of_its_turn_along(redis_url: str) -> None:
    async def turn() -> list[object]:
        store = AsyncRedisStore(redis_url, KEYS)
        calls = [asyncio.create_task(store.ping()) for _ in range(8)]
        await asyncio.sleep(0)
        calls[3].cancel()
        ends: list[object] = list(await asyncio.gather(*calls, return_exceptions=True))
        await store.close()
        return ends

    ends = asyncio.run(turn())
    assert isinstance(ends.pop(3), asyncio.CancelledError)
    assert all(isinstance(end, int) for end in ends)


async def _begun(store: AsyncRedisStore, count: int) -> dict[Token, str]:
    tokens = [Token.new(random_bucket()) for _ in range(count)]
    return {token: (await store.create(token, LIFETIME)).id for token in tokens}


def _connections(server: Server) -> int:
    return str(server.ask("CLIENT", "LIST", "TYPE", "normal")).count("cmd=evalsha")


def test_calls_share_a_connection_and_each_gets_its_own_reply(server: Server) -> None:
    """Whoever else gave up or was cancelled meanwhile: a late reply is nobody else's."""

    async def crowd() -> None:
        store = AsyncRedisStore(server.url, KEYS, timeout_s=0.25)
        begun = await _begun(store, 30)
        connections = _connections(server)
        for _ in range(3):
            server.freeze()
            calls = {asyncio.create_task(store.load(token)): token for token in begun}
            await asyncio.sleep(0.05)
            for task in list(calls)[::3]:
                task.cancel()
            await asyncio.wait(calls, timeout=0.1)
            server.thaw()
            for task, token in calls.items():
                with contextlib.suppress(asyncio.CancelledError, StoreUnavailable):
                    loaded = await task
                    assert isinstance(loaded, Session)
                    assert loaded.id == begun[token]
        assert _connections(server) == connections
        await store.close()

    asyncio.run(crowd())


def test_a_call_that_had_no_answer_in_time_ends_no_other(server: Server) -> None:
    async def two() -> tuple[object, object]:
        store = AsyncRedisStore(server.url, KEYS, timeout_s=1)
        (token,) = await _begun(store, 1)
        server.freeze()
        early = asyncio.create_task(store.load(token))
        await asyncio.sleep(0.5)
        late = asyncio.create_task(store.load(token))
        await asyncio.wait([early], timeout=2)
        server.thaw()
        ends = await asyncio.gather(early, late, return_exceptions=True)
        await store.close()
        return ends[0], ends[1]

    early, late = asyncio.run(two())
    assert isinstance(early, StoreUnavailable)
    assert isinstance(late, Session)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_loop_that_stood_still_takes_the_reply_that_came_meanwhile(
    loop: Callable[[], asyncio.AbstractEventLoop], server: Server
) -> None:
    """By uvloop timers come before the next reading: a deadline must not be judged there."""

    async def stand_still() -> object:
        store = AsyncRedisStore(server.url, KEYS, timeout_s=0.25)
        (token,) = await _begun(store, 1)
        await store.load(token)  # the server has the script from here on
        here, there = socket.socketpair()

        def stop() -> None:
            running.remove_reader(here)
            server.thaw()
            time.sleep(0.5)

        running = asyncio.get_running_loop()
        running.add_reader(here, stop)
        server.freeze()
        call = asyncio.create_task(store.load(token))
        await asyncio.sleep(0.05)
        there.send(b"now")
        found = await call
        await store.close()
        here.close()
        there.close()
        return found

    with asyncio.Runner(loop_factory=loop) as runner:
        assert isinstance(runner.run(stand_still()), Session)

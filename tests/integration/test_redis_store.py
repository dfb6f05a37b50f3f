"""What only a real Redis shows: races, round trips, bytes at rest, a full memory, a dead server."""

import dataclasses
import re
import secrets
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from redis.crc import key_slot
from support import redis_server
from support.redis_server import Server, serving
from support.until import until

from holdfast import Committed, Ended, Intent, Keys, Lifetime, Op, Reason, Session, Token, User
from holdfast.errors import EpochChanged, HoldfastError, StoreFull, StoreUnavailable
from holdfast.redis_store import RedisStore
from holdfast.token import bucket_of_user, random_bucket

LIFETIME = Lifetime(1_800_000, 43_200_000)
GUIDE = Path(__file__).parents[2] / "docs" / "operations.md"


def someone() -> User:
    return User(secrets.token_urlsafe(16), "kingsley")


def signed_in(store: RedisStore, user: User) -> Token:
    token = Token.new(bucket_of_user(user.id))
    store.create(token, LIFETIME, user=user, epoch=store.epoch(user.id))
    return token


def increment(store: RedisStore, token: Token) -> bool:
    done = store.commit(token, [Intent(Op.INCREMENT, "n", b"1")])
    return not isinstance(done, Ended)


def test_a_login_that_raced_a_disable_is_refused(store: RedisStore) -> None:
    user = someone()
    epoch = store.epoch(user.id)
    store.end_user(user.id, Reason.ACCOUNT_DISABLED)

    with pytest.raises(EpochChanged):
        store.create(Token.new(bucket_of_user(user.id)), LIFETIME, user=user, epoch=epoch)
    assert store.list_user(user.id) == []


def test_RED_03_15_no_key_or_value_holds_a_token_and_every_key_expires(
    store: RedisStore, client: redis.Redis, keys: Keys
) -> None:
    token = signed_in(store, someone())
    newer = Token.new(token.bucket)
    store.commit(token, [Intent(Op.SET, "a", b"1")], idempotency_key="k")
    store.rotate(token, newer)
    store.end(signed_in(store, someone()))
    store.end_user(someone().id, Reason.REVOKED)

    names = list(client.scan_iter(f"{keys.prefix}:*"))
    held = b" ".join(name + (client.dump(name) or b"") for name in names)
    assert len(names) >= 6
    assert token.text.encode() not in held
    assert newer.text.encode() not in held
    assert all(client.pttl(name) > 0 for name in names)


def test_RED_10_a_read_costs_one_round_trip(redis_url: str, store: RedisStore) -> None:
    token = signed_in(store, someone())
    store.load(token)
    with redis.Redis.from_url(redis_url) as client:
        before = client.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)
        for _ in range(10):
            store.load(token)
        after = client.info("commandstats")["cmdstat_evalsha"]["calls"]
    assert after - before == 10


def test_RED_11_no_notification_is_needed_for_an_exact_expiry(
    store: RedisStore, client: redis.Redis
) -> None:
    assert client.config_get("notify-keyspace-events")["notify-keyspace-events"] == ""
    token = Token.new(7)
    session = store.create(token, Lifetime(300, 300))
    until(lambda: store.ping() >= session.idle_expires_ms, 5)

    assert store.load(token) == Ended(Reason.ABSOLUTE_TIMEOUT, session.absolute_expires_ms)


def test_RED_12_two_prefixes_on_one_redis_do_not_meet(
    redis_url: str, keys: Keys, store: RedisStore
) -> None:
    neighbour = RedisStore(redis_url, dataclasses.replace(keys, prefix="next"), timeout_s=5)
    user = someone()
    ours, theirs = signed_in(store, user), signed_in(neighbour, user)

    assert neighbour.load(ours) == Ended(Reason.UNKNOWN)
    assert neighbour.end_user(user.id, Reason.REVOKED) == 1
    neighbour.end_everybody()
    assert isinstance(store.load(ours), Session)
    assert not isinstance(neighbour.load(theirs), Session)
    neighbour.close()


def test_RED_13_the_keys_of_one_user_share_a_slot(
    store: RedisStore, client: redis.Redis, keys: Keys
) -> None:
    user = someone()
    token = signed_in(store, user)
    store.commit(token, [Intent(Op.SET, "a", b"1")], idempotency_key="k")
    store.rotate(token, Token.new(token.bucket))
    store.end_user(user.id, Reason.REVOKED)
    signed_in(store, user)

    names = list(client.scan_iter(f"{keys.prefix}:*"))
    assert len(names) >= 5
    assert len({key_slot(name) for name in names}) == 1


def test_RED_16_a_session_takes_what_the_operations_guide_says() -> None:
    said = re.search(r"without data \| ([0-9]+) bytes", GUIDE.read_text())
    assert said
    with serving("--appendonly", "no") as server:
        store = RedisStore(server.url, Keys("hf", b"p" * 32), timeout_s=5)
        users = 2000
        for count in (1, users):
            before = used_bytes(server)
            for user in (someone() for _ in range(count)):
                # Without the epoch that a login reads: its key is gone 10 minutes later.
                store.create(Token.new(bucket_of_user(user.id)), LIFETIME, user=user)
        each = (used_bytes(server) - before) / users
        store.close()

    assert each <= 600
    assert abs(each - int(said[1])) < 0.1 * int(said[1])


def used_bytes(server: Server) -> int:
    found = server.ask("INFO", "memory")
    assert isinstance(found, dict)
    return int(found["used_memory"])


def test_scripts_forgotten_by_the_server_are_sent_again(
    store: RedisStore, client: redis.Redis
) -> None:
    token = signed_in(store, someone())
    client.script_flush()

    assert increment(store, token)
    assert isinstance(store.load(token), Session)


def test_a_commit_may_change_one_value_as_often_as_it_likes(store: RedisStore) -> None:
    token = signed_in(store, someone())

    done = store.commit(token, [Intent(Op.INCREMENT, "n", b"1")] * 10_000)

    assert isinstance(done, Committed)
    assert done.values == {"n": b"10000"}


def test_a_new_pepper_logs_nobody_out(redis_url: str, keys: Keys, store: RedisStore) -> None:
    user = someone()
    token = signed_in(store, user)
    newer = dataclasses.replace(keys, pepper=secrets.token_bytes(32), previous_pepper=keys.pepper)
    rotated = RedisStore(redis_url, newer, timeout_s=5)
    assert isinstance(rotated.load(token), Session)
    rotated.close()

    alone = RedisStore(redis_url, dataclasses.replace(newer, previous_pepper=None), timeout_s=5)
    session = alone.load(token)
    assert isinstance(session, Session)
    assert alone.end_one(user.id, session.id)
    assert alone.load(token) == Ended(Reason.REVOKED, alone.load(token).ended_ms)  # type: ignore[union-attr]  # a live session would fail the comparison too
    alone.close()


def test_with_memory_full_sessions_are_read_touched_and_ended_and_none_begins() -> None:
    with redis_server.running("--maxmemory-policy", "noeviction") as url:
        store = RedisStore(url, Keys("hf", b"p" * 32), timeout_s=5)
        user = someone()
        token, other = signed_in(store, user), signed_in(store, user)
        with redis.Redis.from_url(url) as client:
            client.config_set("maxmemory", 1)
        with pytest.raises(StoreFull):
            signed_in(store, someone())
        with pytest.raises(StoreFull):
            increment(store, token)

        session = store.load(token)
        time.sleep(0.002)
        touched = store.load(token, touch_ms=0)
        assert isinstance(session, Session)
        assert isinstance(touched, Session)
        assert touched.idle_expires_ms > session.idle_expires_ms
        assert store.end(token)
        assert store.load(token) != Ended(Reason.UNKNOWN)
        assert store.end_user(user.id, Reason.REVOKED) == 1
        assert isinstance(store.load(other), Ended)
        store.close()


def test_a_server_that_never_answers_is_given_up_within_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = RedisStore(
            f"redis://127.0.0.1:{silent.getsockname()[1]}/0", Keys("hf", b"p" * 32), timeout_s=0.25
        )
        start = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.load(Token.new(random_bucket()))
        assert time.monotonic() - start < 1
        store.close()


def test_a_server_that_came_back_is_used_again_by_the_same_store() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    store = RedisStore(f"redis://127.0.0.1:{port}/0", Keys("hf", b"p" * 32), timeout_s=2)
    with pytest.raises(StoreUnavailable):
        store.ping()
    for _ in range(2):
        with redis_server.running("--port", str(port)):
            assert store.ping() > 0
    with pytest.raises(HoldfastError):
        store.ping()
    store.close()


def test_parallel_attempts_are_counted_once_each_up_to_the_limit(store: RedisStore) -> None:
    with ThreadPoolExecutor(16) as threads:
        waits = list(threads.map(lambda _: store.attempt("kingsley", 5, 60_000), range(50)))
    assert waits.count(0) == 5
    assert all(0 <= wait <= 60_000 for wait in waits)

    store.forgive("kingsley")
    assert [store.attempt("kingsley", 5, 60_000) > 0 for _ in range(2)] == [False, True]
    store.forgive("kingsley", every=True)
    assert store.attempt("kingsley", 1, 60_000) == 0


def test_counters_side_by_side_count_together_or_not_at_all(store: RedisStore) -> None:
    def attempt(near: int) -> bool:
        return store.attempt("far", 4, 60_000, beside={"near": near}) > 0

    assert [attempt(2) for _ in range(3)] == [False, False, True]
    store.forgive("far", beside={"near": True})  # one of four is left, none of two
    assert [attempt(9) for _ in range(4)] == [False, False, False, True]
    store.forgive("far", every=True, beside={"near": False})
    assert [attempt(3) for _ in range(2)] == [False, True]


@pytest.mark.parametrize(
    "damage",
    [
        lambda client, key: client.hset(key, "l", "9"),
        lambda client, key: client.hset(key, "i", "soon"),
        lambda client, key: client.hdel(key, "v", "p"),
        lambda client, key: (client.delete(key), client.set(key, "a pickle")),
    ],
    ids=["later layout", "no number", "fields missing", "another type"],
)
def test_a_record_that_does_not_decode_is_no_session_for_any_verb(
    store: RedisStore, client: redis.Redis, keys: Keys, damage: Callable[..., object]
) -> None:
    user = someone()
    token = signed_in(store, user)
    damage(client, f"{keys.base(token.bucket)}s:{keys.suffix(token)}")

    assert store.load(token) == Ended(Reason.CORRUPT)
    assert store.list_user(user.id) == []

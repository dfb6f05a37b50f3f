"""Redis goes, freezes, fills up, forgets: an outage is no logout (G7) and loses nothing (G8)."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from faults.conftest import REFUSED_WITHIN, Bench, bench_on
from support import relay
from support.account import Row, at, hold
from support.people import Person
from support.redis_server import serving
from support.traffic import Traffic
from support.until import until

OUTAGE_SECONDS = 1.5
VISITED_WITHIN, RECOVERED_WITHIN = 0.25, 2.0


def hold_to_the_promise(load: Traffic, *kills: float) -> Row:
    """Assert G7's figures of a fault.

    `kills` are the times at which a Redis was killed that syncs every second: while a sync is under
    way it holds back what it has acknowledged, and the kill takes that along.
    """
    row = hold(load.result)
    assert row.no_answer == 0
    assert row.writes_lost <= load.acknowledged_before(1.0, *kills)
    assert at(0.99, load.refusals()) < REFUSED_WITHIN
    assert load.turned_away() == []
    assert at(0.95, load.visits()) < VISITED_WITHIN
    assert row.recovery < RECOVERED_WITHIN
    return row


def unavailable(answer: httpx.Response, kind: str = "session-store-unavailable") -> None:
    """Assert the one answer that an outage has."""
    assert answer.status_code == 503
    assert answer.json()["type"] == f"/problems/{kind}"
    assert int(answer.headers["retry-after"]) >= 1
    assert "set-cookie" not in answer.headers


@pytest.fixture
def person(bench: Bench) -> Person:
    """Give somebody who is signed in."""
    person = bench.someone().register()
    assert person.log_in().status_code == 200
    return person


@contextmanager
def without_redis(bench: Bench) -> Iterator[None]:
    bench.redis.kill()
    try:
        yield
    finally:
        bench.redis.start()


def works_again(person: Person) -> None:
    """Wait until every gateway and every auth serve a person who is signed in.

    Each finds out by itself that the store is back. A gateway asks the two auths in turn, so each
    path is asked twice of each gateway.
    """
    paths = ("/session", "/sessions")

    def served() -> bool:
        return {person.get(path, at=n).status_code for path in paths for n in range(4)} == {200}

    assert until(served, 5) < RECOVERED_WITHIN


def metrics(bench: Bench) -> str:
    return httpx.get(f"http://127.0.0.1:{bench.stack.internal['gateway-1']}/metrics").text


def lines(bench: Bench, name: str, event: str) -> list[dict[str, str]]:
    text = (bench.stack.folder / f"{name}.log").read_text().splitlines()
    return [json.loads(line) for line in text if f'"{event}"' in line]


def test_OUT_01_who_has_no_cookie_is_served_without_the_store(bench: Bench) -> None:
    visitor = bench.someone()

    def calls() -> object:
        stats = bench.redis.ask("INFO", "commandstats")
        assert isinstance(stats, dict)
        return stats.get("cmdstat_evalsha"), stats.get("cmdstat_eval")

    before = calls()
    for n in range(10):
        assert visitor.get("/public/", at=n).status_code == 200
        assert visitor.get("/login", at=n).status_code == 200
        assert visitor.get("/session", at=n).status_code == 401
        assert visitor.get("/echo/", at=n).status_code == 401
    assert calls() == before
    with without_redis(bench):
        assert visitor.get("/public/").status_code == 200
        assert visitor.get("/login").status_code == 200
        assert visitor.get("/session").json()["type"] == "/problems/no-session"
    works_again(_signed_in(bench))


def _signed_in(bench: Bench) -> Person:
    person = bench.someone().register()
    until(lambda: person.log_in().status_code == 200, 5)
    return person


def test_OUT_02_03_04_10_a_killed_redis_is_no_logout(bench: Bench) -> None:
    told = {name: lines(bench, name, "dependency_lost") for name in ("gateway-1", "gateway-2")}
    with bench.under_load(
        "Redis killed (kill -9), AOF everysec", repaired_by=bench.redis.start
    ) as load:
        killed = time.monotonic()
        bench.redis.kill()
        time.sleep(OUTAGE_SECONDS)
    row = hold_to_the_promise(load, killed)
    assert row.server_errors > 0
    for name, before in told.items():
        lost = lines(bench, name, "dependency_lost")[len(before) :]
        assert [one["dependency"] for one in lost] == ["redis"]
        assert len(lines(bench, name, "dependency_back")) == len(before) + 1


def test_OUT_02_03_the_refusal_keeps_the_cookie_and_OUT_05_nothing_passes(
    bench: Bench, person: Person
) -> None:
    seen, cookie = len(bench.echo.seen), person.cookie
    with without_redis(bench):
        for n in range(10):
            unavailable(person.get("/session", at=n))
            unavailable(person.patch({"op": "increment", "name": "n", "by": 1}, at=n))
            unavailable(person.get("/echo/", at=n))
            refused = person.get("/auth/verify", at=n)
            assert refused.status_code == 503
            assert "x-auth-user" not in refused.headers
        assert 'dependency_up{dependency="redis"} 0.0' in metrics(bench)
        page = person.get("/session", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["retry-after"]) == (503, "1")
    assert len(bench.echo.seen) == seen
    works_again(person)
    assert 'dependency_up{dependency="redis"} 1.0' in metrics(bench)
    assert person.cookie == cookie


def test_OUT_06_a_login_is_refused_and_not_counted(bench: Bench) -> None:
    person = bench.someone().register()
    with without_redis(bench):
        for n in range(8):
            unavailable(person.log_in(at=n))
    until(lambda: person.log_in().status_code == 200, 5)
    works_again(person)
    assert len(person.get("/sessions").json()) == 1
    wrong = {"username": person.name, "password": "wrong"}
    answers = [person.post("/login", wrong, at=n).status_code for n in range(6)]
    assert answers == [403] * 5 + [429]


def test_OUT_07_a_logout_or_revoke_that_did_not_happen_is_never_told(
    bench: Bench, person: Person
) -> None:
    other = person.another()
    other.log_in()
    listed = person.get("/sessions").json()
    its_id = next(one["id"] for one in listed if not one["current"])
    with without_redis(bench):
        unavailable(person.post("/logout"))
        unavailable(person.call("DELETE", f"/sessions/{its_id}"))
        unavailable(person.call("DELETE", "/sessions"))
    works_again(person)
    works_again(other)
    assert person.call("DELETE", f"/sessions/{its_id}").status_code == 204
    assert other.get("/session").json()["reason"] == "revoked"
    cookie = person.cookie or ""
    assert person.post("/logout").status_code == 204
    person.cookie = cookie
    assert person.get("/session", at=1).json()["reason"] == "logged-out"


def test_OUT_08_processes_and_their_files_are_the_same_after_an_outage(
    bench: Bench, person: Person
) -> None:
    def processes() -> dict[int, int]:
        groups = {one.pid for one in bench.stack.processes.values()}
        found = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[2]) in groups:  # the process group is the master's
                    found[int(stat.parent.name)] = len(list((stat.parent / "fd").iterdir()))
            except OSError:
                continue
        return found

    works_again(person)
    before = processes()
    for _ in range(3):
        with without_redis(bench):
            for n in range(40):
                unavailable(person.get("/session", at=n))
        works_again(person)
    after = processes()
    assert len(before) >= 2 * len(bench.stack.processes)
    assert after.keys() == before.keys()
    assert all(after[pid] <= before[pid] + 8 for pid in before), (before, after)


@contextmanager
def black_hole(port: int) -> Iterator[None]:
    """Listen where nobody accepts and the queue is full: to connect there takes for ever."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.settimeout(0)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        try:
            yield
        finally:
            for one in waiting:
                one.close()


def test_OUT_02_09_a_black_holed_redis_is_given_up_in_time(bench: Bench) -> None:
    with bench.under_load("Redis black-holed", repaired_by=bench.redis.start) as load:
        killed = time.monotonic()
        bench.redis.kill()
        with black_hole(bench.redis.port):
            time.sleep(OUTAGE_SECONDS)
    assert hold_to_the_promise(load, killed).server_errors > 0


@pytest.mark.slow
def test_OUT_02_09_a_redis_behind_a_cut_network_is_given_up_in_time(tmp_path: Path) -> None:
    with serving() as redis, relay.running(redis.port) as network:
        url = f"redis://127.0.0.1:{network.port}/0"
        with bench_on(redis, tmp_path, HOLDFAST_REDIS_URL=url) as bench:
            fault = "Redis's network cut for 5 s"
            with bench.under_load(fault, repaired_by=network.mend) as load:
                network.cut()
                time.sleep(5)
    assert hold_to_the_promise(load).server_errors > 0


@pytest.mark.slow
def test_OUT_02_09_a_frozen_redis_is_given_up_in_time(bench: Bench) -> None:
    with bench.under_load("Redis frozen for 5 s (SIGSTOP)", repaired_by=bench.redis.thaw) as load:
        bench.redis.freeze()
        time.sleep(5)
    assert hold_to_the_promise(load).server_errors > 0


@pytest.mark.slow
def test_OUT_02_09_a_stalled_redis_is_given_up_in_time(bench: Bench) -> None:
    with bench.under_load("Redis stalled for 5 s (CLIENT PAUSE)") as load:
        bench.redis.ask("CLIENT", "PAUSE", "5000", "ALL")
        time.sleep(5)
    assert hold_to_the_promise(load).server_errors > 0


def test_OUT_11_a_flushed_redis_gives_clean_401s(bench: Bench) -> None:
    people = [_signed_in(bench) for _ in range(5)]
    bench.redis.ask("FLUSHALL")
    for n, person in enumerate(people):
        refused = person.get("/session", at=n)
        assert (refused.status_code, refused.json()["reason"]) == (401, "unknown")
        assert "set-cookie" not in refused.headers
        assert person.patch({"op": "set", "name": "a", "value": 1}, at=n).status_code == 401
        assert person.post("/logout", at=n).status_code == 204
        assert person.log_in(at=n).status_code == 200


def test_OUT_11_who_works_while_it_is_flushed_signs_in_again(bench: Bench) -> None:
    with bench.under_load("FLUSHALL", back_in=True) as load:
        bench.redis.ask("FLUSHALL")
    row = load.result
    assert row
    assert (row.server_errors, row.no_answer, row.cookies_touched) == (0, 0, 0)
    told = [json.loads(one.told) for one in load.samples() if one.status == 401]
    assert {one["reason"] for one in told} == {"unknown"}
    assert len(told) == len(load.readers) + len(load.writers)


def test_OUT_12_with_memory_full_live_sessions_go_on(bench: Bench, person: Person) -> None:
    going = person.another()
    going.log_in()
    newcomer = bench.someone().register()
    bench.redis.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        for n in range(10):
            assert person.get("/session", at=n).status_code == 200
            assert person.get("/auth/verify", at=n).status_code == 204
            unavailable(newcomer.log_in(at=n), "session-store-full")
            unavailable(
                person.patch({"op": "set", "name": "a", "value": 1}, at=n), "session-store-full"
            )
        assert going.post("/logout").status_code == 204
        assert bench.someone().get("/readyz").status_code == 200
    finally:
        bench.redis.ask("CONFIG", "SET", "maxmemory", "0")
    assert newcomer.log_in().status_code == 200


def test_OUT_12_with_memory_full_readers_go_on_and_no_acknowledged_write_is_lost(
    bench: Bench,
) -> None:
    def room() -> None:
        bench.redis.ask("CONFIG", "SET", "maxmemory", "0")

    with bench.under_load("Redis's memory full", repaired_by=room) as load:
        bench.redis.ask("CONFIG", "SET", "maxmemory", "1")
        time.sleep(OUTAGE_SECONDS)
    assert hold_to_the_promise(load).server_errors > 0
    assert {one.status for one in load.samples("read")} == {200}


def test_OUT_17_a_password_changed_under_a_running_stack_is_an_outage(bench: Bench) -> None:
    password, before = "0123456789", len(lines(bench, "gateway-1", "dependency_lost"))

    def shut() -> None:
        bench.redis.ask("CONFIG", "SET", "requirepass", password)
        bench.redis.ask("CLIENT", "KILL", "TYPE", "normal", password=password)

    def open_again() -> None:
        bench.redis.ask("CONFIG", "SET", "requirepass", "", password=password)

    with bench.under_load("Redis refuses the password", repaired_by=open_again) as load:
        shut()
        time.sleep(OUTAGE_SECONDS)
        told = bench.someone().get("/readyz")
        assert (told.status_code, told.json()["checks"]["redis"]["ok"]) == (503, False)
    assert hold_to_the_promise(load).server_errors > 0
    faults = {one["fault"] for one in lines(bench, "gateway-1", "dependency_lost")[before:]}
    assert faults == {"it refuses the user or the password"}


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["everysec", "always"])
def test_OUT_10_a_killed_redis_loses_what_its_policy_says_and_no_more(
    bench: Bench, policy: str
) -> None:
    bench.redis.ask("CONFIG", "SET", "appendfsync", policy)
    kills: list[float] = []
    with bench.under_load(f"Redis killed 4 times, appendfsync {policy}") as load:
        for _ in range(4):
            kills.append(time.monotonic())
            bench.redis.kill()
            bench.redis.start("--appendfsync", policy)
            until(load.served(), 10)
    hold_to_the_promise(load, *(kills if policy == "everysec" else ()))
    bench.redis.ask("CONFIG", "SET", "appendfsync", "everysec")


@pytest.mark.slow
def test_RED_14_a_redis_that_is_loading_is_an_outage(bench: Bench) -> None:
    fill = "for n = 1, 5000 do redis.call('SET', 'filler:' .. n, n, 'EX', 600) end"
    bench.redis.ask("EVAL", fill, 0)
    slow = ("--key-load-delay", "300", "--loading-process-events-interval-bytes", "1024")
    with bench.under_load("Redis loading its AOF") as load:
        killed = time.monotonic()
        bench.redis.kill()
        start = time.monotonic()
        bench.redis.start(*slow)
        assert time.monotonic() - start > 1
    assert hold_to_the_promise(load, killed).server_errors > 0
    faults = [one["fault"] for one in lines(bench, "gateway-1", "dependency_lost")]
    assert faults
    bench.redis.ask("CONFIG", "SET", "key-load-delay", "0")

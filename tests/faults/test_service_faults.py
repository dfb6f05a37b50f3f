"""An instance, every auth, the accounts' database or Redis's primary goes: no session does."""

import signal
import time
from functools import partial
from pathlib import Path

import pytest
from faults.conftest import REFUSED_WITHIN, Bench, bench_on
from support import postgres, redis_cluster, sentinels
from support.account import Row, at, hold
from support.redis_server import serving
from support.traffic import Traffic
from support.until import until

from auth.throttle import Throttle
from devstack.process import answers
from holdfast.errors import StoreUnavailable
from holdfast.keys import Keys
from holdfast.redis_store import RedisStore
from holdfast.token import bucket_of_user

FAIL_OVER_WITHIN = 15.0


def nothing_lost(load: Traffic) -> Row:
    row = hold(load.result)
    assert row.writes_lost == 0
    assert load.turned_away() == []
    return row


def test_OUT_14_a_killed_gateway_takes_no_session_along(bench: Bench) -> None:
    with bench.under_load(
        "a gateway killed", repaired_by=lambda: bench.stack.restart("gateway-1")
    ) as load:
        bench.stack.processes["gateway-1"].kill()
        time.sleep(1)
    row = nothing_lost(load)
    assert row.server_errors == 0
    assert row.no_answer <= 6  # what each of six people had under way


def test_OUT_14_a_gateway_that_hangs_takes_no_session_along(bench: Bench) -> None:
    hung, person = bench.stack.processes["gateway-1"], bench.someone().register()
    assert person.log_in().status_code == 200
    thaw = partial(hung.signal, signal.SIGCONT)
    with bench.under_load("a gateway frozen for 2 s (SIGSTOP)", repaired_by=thaw) as load:
        hung.signal(signal.SIGSTOP)
        ends = time.monotonic() + 2
        while time.monotonic() < ends:
            assert person.get("/session", at=1).status_code == 200
    row = nothing_lost(load)
    assert (row.server_errors, row.no_answer) == (0, 0)


def test_OUT_14_16_a_killed_auth_is_not_noticed_by_who_has_a_session(bench: Bench) -> None:
    with bench.under_load(
        "an auth killed", repaired_by=lambda: bench.stack.restart("auth-1")
    ) as load:
        bench.stack.processes["auth-1"].kill()
        time.sleep(1)
    row = nothing_lost(load)
    assert load.refusals() == []
    assert row.server_errors <= 1  # a login under way: nobody may send it twice


def test_OUT_16_without_any_auth_sessions_pass_and_a_login_is_refused(bench: Bench) -> None:
    def restart() -> None:
        bench.stack.restart("auth-1")
        bench.stack.restart("auth-2")

    with bench.under_load("every auth killed", repaired_by=restart) as load:
        bench.stack.processes["auth-1"].kill()
        bench.stack.processes["auth-2"].kill()
        refused = bench.someone().log_in()
        assert refused.status_code == 503
        assert refused.json()["type"] == "/problems/auth-unavailable"
        # A connection that was kept from before breaks off, and a new one is refused.
        assert refused.json()["cause"] in ("broken-off", "refused")
        assert bench.someone().get("/readyz").status_code == 200
        time.sleep(1)
    nothing_lost(load)
    assert load.refusals() == []
    assert load.refusals("login")


@pytest.mark.slow
def test_OUT_15_a_rolling_restart_of_everything_loses_no_session(bench: Bench) -> None:
    with bench.under_load("rolling restart of gateways and auths") as load:
        for name in ("auth-1", "auth-2", "gateway-1", "gateway-2"):
            bench.stack.processes[name].stop()
            bench.stack.restart(name)
    nothing_lost(load)
    assert load.refusals() == []


@pytest.mark.slow
@postgres.needed
@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_without_the_accounts_database_sessions_go_on(tmp_path: Path, how: str) -> None:
    with (
        serving() as redis,
        postgres.serving() as database,
        bench_on(redis, tmp_path, HOLDFAST_DATABASE_URL=database.url) as bench,
    ):
        killed = how == "killed"
        repair = database.start if killed else database.thaw
        with bench.under_load(f"accounts database {how}", repaired_by=repair) as load:
            (database.kill if killed else database.freeze)()
            start = time.monotonic()
            refused = bench.someone().log_in()
            assert time.monotonic() - start < 8
            assert refused.json()["type"] == "/problems/accounts-unavailable"
            time.sleep(1)
        nothing_lost(load)
        assert load.refusals() == []


@pytest.mark.slow
def test_OUT_13_a_fail_over_by_sentinel_keeps_every_cookie_and_logout(tmp_path: Path) -> None:
    with sentinels.running(replicas=2) as watched:
        primary = watched.servers[0]
        settings = {"HOLDFAST_REDIS_URL": watched.url, "HOLDFAST_WAIT_REPLICAS": "1"}
        with bench_on(primary, tmp_path, **settings) as bench:
            gone, stays = (bench.someone().register() for _ in range(2))
            assert [person.log_in().status_code for person in (gone, stays)] == [200, 200]
            ended, kept = gone.cookie or "", stays.cookie
            assert gone.post("/logout").status_code == 204
            with bench.under_load("Redis primary killed, Sentinel fail-over") as load:
                primary.kill()
            row = hold(load.result)
            assert row.recovery < FAIL_OVER_WITHIN
            assert at(0.99, load.refusals()) < REFUSED_WITHIN
            assert watched.primary_port() != primary.port
            gone.cookie = ended
            assert gone.get("/session").json()["reason"] == "logged-out"
            assert (stays.get("/session").status_code, stays.cookie) == (200, kept)


@pytest.mark.slow
def test_OUT_13_a_shard_that_loses_its_primary_is_back_and_the_others_never_went(
    tmp_path: Path,
) -> None:
    # Twice the default: with six Redis servers beside it, a busy machine stands still more often.
    settings = {"HOLDFAST_STORE_TIMEOUT_MS": "500"}
    with (
        redis_cluster.running(replicas=True) as cluster,
        bench_on(cluster, tmp_path, **settings) as bench,
    ):
        fault = "a shard's primary killed, Cluster of three"
        with bench.under_load(fault, readers=4, writers=4) as load:
            cluster.nodes[cluster.ports[0]].kill()
        row = hold(load.result)
        assert row.recovery < FAIL_OVER_WITHIN
        assert at(0.99, load.refusals()) < REFUSED_WITHIN
        assert row.server_errors > 0
        never = [one for one in (*load.readers, *load.writers) if not one.refused]
        assert never


def test_OUT_06_an_attempt_that_one_shard_counted_is_taken_back_when_the_next_is_away() -> None:
    keys, window = Keys("hf", b"p" * 32), 60_000
    with redis_cluster.running() as cluster:
        store = RedisStore(cluster.url, keys, timeout_s=1)

        def home(name: str) -> int:
            return cluster.primary_of(keys.base(bucket_of_user(keys.opaque(name))))

        names = [f"user-{n}" for n in range(100)]
        name = next(one for one in names if home(f"login-to:{one}") != home("login:ip"))
        throttle = Throttle(store, attempts=2, window_seconds=60)
        throttle.count("ip", name)
        cluster.nodes[home("login:ip")].kill()
        for _ in range(6):
            with pytest.raises(StoreUnavailable):
                throttle.count("ip", name)
        pair = {f"login:ip:{name}": 2}
        assert store.attempt(f"login-to:{name}", 20, window, beside=pair) == 0
        assert store.attempt(f"login-to:{name}", 20, window, beside=pair) > 0
        store.close()


def test_OUT_13_a_logout_that_no_replica_has_is_not_told_as_done(tmp_path: Path) -> None:
    with serving() as redis, bench_on(redis, tmp_path, HOLDFAST_WAIT_REPLICAS="1") as bench:
        person = bench.someone().register()
        for turn in range(2):  # a browser with an old cookie must get in, too
            assert person.log_in(at=turn).status_code == 200
        cookie = person.cookie
        with serving(*sentinels.replica_of(redis)) as replica:
            until(lambda: sentinels.linked(redis), 20)
            other = person.another()
            other.log_in()
            assert other.post("/logout").status_code == 204
            replica.kill()
        refused = person.post("/logout")
        assert refused.status_code == 503
        assert "0 of 1 replicas confirmed" in refused.json()["detail"]
        assert (person.cookie, person.get("/session").status_code) == (cookie, 401)
        assert person.post("/logout").status_code == 503


def test_OBS_05_06_07_health_is_shallow_and_readiness_is_true(bench: Bench) -> None:
    visitor = bench.someone()
    bases = [*bench.stack.urls, *bench.stack.env["HOLDFAST_AUTH_URLS"].split(",")]

    def ask(base: str, path: str) -> tuple[int, dict[str, object], float]:
        start = time.monotonic()
        visitor.urls = (base,)
        answer = visitor.get(path)
        assert "set-cookie" not in answer.headers
        return answer.status_code, answer.json(), time.monotonic() - start

    bench.redis.kill()
    for base in bases:
        status, told, seconds = ask(base, "/healthz")
        assert (status, told) == (200, {"status": "ok"})
        assert seconds < 0.25
        for _ in range(5):
            status, told, seconds = ask(base, "/readyz")
            assert status == 503
            assert seconds < 1
        checks = told["checks"]
        assert isinstance(checks, dict)
        assert checks["redis"]["ok"] is False
        assert set(checks["redis"]) == {"ok", "ms"}  # no word of the error
    bench.redis.start()
    assert until(lambda: all(answers(f"{base}/readyz") for base in bases), 5) < 2

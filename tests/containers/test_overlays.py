"""Each overlay of deploy/ in its own deployment: it comes up, and keeps what it is there for."""

import time
from pathlib import Path

from containers.conftest import under_load
from support import compose
from support.account import hold
from support.compose import RECOVER_SECONDS, Compose, run, until
from support.people import Person

PRIMARY_SECONDS = 40


def test_OUT_10_with_always_a_killed_redis_has_every_acknowledged_write(clone: Path) -> None:
    with compose.deployed(clone, "docker-compose.always.yml") as stack:
        assert stack.redis("config", "get", "appendfsync").splitlines()[1] == "always"
        with under_load(stack, "Redis killed three times, appendfsync always") as load:
            for _ in range(3):
                stack.crash(stack.ids("redis")[0])
                until(lambda: stack.redis("ping") == "PONG")
                load.settle(RECOVER_SECONDS)
        row = hold(load.result)

    assert row.writes_lost == 0
    assert row.server_errors > 0


def test_OUT_10_valkey_does_as_well_as_redis(clone: Path) -> None:
    with compose.deployed(clone, REDIS_IMAGE="valkey/valkey:8") as stack:
        assert "valkey_version:8" in stack.redis("info", "server")
        person = Person(stack.url).register()
        person.log_in()
        with under_load(stack, "Valkey 8 killed, everysec") as load:
            stack.crash(stack.ids("redis")[0])
            until(lambda: stack.redis("ping") == "PONG")
        row = hold(load.result)
        assert person.get("/session").json()["user"]["username"] == person.name
        assert "NOPERM" in stack.redis("config", "get", "*", user="health")
        person.close()

    assert row.recovery < 15


def test_OUT_13_RED_17_sentinels_replace_a_primary_within_15_s(clone: Path) -> None:
    nodes = ("redis", "redis-2", "redis-3")
    with compose.deployed(clone, "docker-compose.sentinel.yml") as stack:

        def roles() -> list[str]:
            return [stack.redis("role", service=one).splitlines()[0] for one in nodes]

        until(lambda: sorted(roles()) == ["master", "slave", "slave"], PRIMARY_SECONDS)
        assert stack.redis("config", "get", "min-replicas-to-write").splitlines()[1] == "1"
        until(lambda: "num-other-sentinels\n2" in sentinel_view(stack), PRIMARY_SECONDS)
        assert "NOPERM" in asked(stack, "sentinel", "failover", "holdfast")

        (first,) = stack.ids("redis")
        with under_load(stack, "primary killed, Sentinel") as load:
            run("docker", "kill", first)
            load.repaired = time.monotonic()  # by the others: nobody else mends anything
            load.settle(RECOVER_SECONDS)
            run("docker", "start", first)
            until(lambda: stack.healthy(first))
            until(lambda: roles()[0] == "slave")
        row = hold(load.result)
        assert sorted(roles()) == ["master", "slave", "slave"]

    assert row.longest_outage < 15
    assert row.writes_lost <= 4


def sentinel_view(stack: Compose) -> str:
    """Return what a Sentinel knows, by name and value on lines of their own."""
    return asked(stack, "sentinel", "masters")


def asked(stack: Compose, *command: str) -> str:
    """Ask a Sentinel, as anybody may."""
    shell = '"$(command -v redis-cli || command -v valkey-cli)" -p 26379 "$@"'
    return stack.execute("sentinel-1", "sh", "-c", shell, "sh", *command, check=False)


def test_OUT_13_a_cluster_loses_one_shards_primary_and_nobody_is_logged_out(clone: Path) -> None:
    with compose.deployed(clone, "docker-compose.cluster.yml") as stack:
        assert "cluster_state:ok" in stack.redis("cluster", "info")
        primaries = stack.redis("cluster", "nodes").count("master")
        assert primaries == 3
        (first,) = stack.ids("redis")
        with under_load(stack, "a shard's primary killed, Cluster", readers=8, writers=8) as load:
            run("docker", "kill", first)
            load.repaired = time.monotonic()  # by the others: nobody else mends anything
            load.settle(RECOVER_SECONDS)
            run("docker", "start", first)
            until(lambda: stack.healthy(first))
            until(lambda: stack.redis("role").splitlines()[0] == "slave")
        row = hold(load.result)
        stack("restart", "--timeout", "5")
        stack.up("--no-recreate")
        until(lambda: "cluster_state:ok" in stack.redis("cluster", "info"))

    assert row.longest_outage < 15
    assert row.writes_lost <= 8

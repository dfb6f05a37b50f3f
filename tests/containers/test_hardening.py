"""The facts of the containers, each named by its id in the checklist of CIS and OWASP."""

import json
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from support.compose import Compose, run
from support.people import Person

OURS = ("gateway", "auth", "shop")
MOST_BYTES = 250 * 10**6
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def facts(stack: Compose) -> list[dict[str, Any]]:
    return stack.inspect()


@pytest.fixture(scope="module")
def running(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in facts if one["State"]["Running"]]


def named(facts: Iterable[dict[str, Any]], wrong: Any) -> list[str]:
    """List the containers of which something is true."""
    return [one["Name"] for one in facts if wrong(one)]


def status(stack: Compose, field: str) -> set[str]:
    """Collect a field of /proc/1/status over all services."""
    lines = [
        stack.execute(service, "grep", f"^{field}:", "/proc/1/status")
        for service in ("haproxy", *OURS, "redis", "postgres")
    ]
    return {line.split()[1] for line in lines}


def test_CON_01_every_container_runs_as_a_number_that_is_not_root(facts: Any) -> None:
    assert not named(facts, lambda one: not re.fullmatch(r"[1-9]\d*:\d+", one["Config"]["User"]))


@pytest.mark.parametrize("service", OURS)
def test_CON_01_any_other_uid_does_as_well(stack: Compose, service: str) -> None:
    options = ["--user", "12345:0", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]  # noqa: S108
    done = run(
        *("docker", "run", "--rm", *options, "--entrypoint", "python", stack.image(service)),
        *("-c", f"import {service}.app, os; print(os.getuid())"),
    )
    assert done.stdout.strip() == "12345"


def test_CON_02_the_root_file_system_is_read_only(stack: Compose, facts: Any) -> None:
    assert not named(facts, lambda one: not one["HostConfig"]["ReadonlyRootfs"])
    assert "Read-only" in stack("exec", "-T", "gateway", "sh", "-c", "touch /x 2>&1; true")


def test_CON_03_no_capability_is_left(stack: Compose, facts: Any) -> None:
    assert not named(facts, lambda one: one["HostConfig"]["CapDrop"] != ["ALL"])
    assert not named(facts, lambda one: one["HostConfig"]["CapAdd"])
    assert {int(value, 16) for value in status(stack, "CapEff")} == {0}


def test_CON_04_no_new_privileges(stack: Compose, facts: Any) -> None:
    wanted = "no-new-privileges:true"
    assert not named(facts, lambda one: wanted not in one["HostConfig"]["SecurityOpt"])
    assert status(stack, "NoNewPrivs") == {"1"}


def test_CON_05_not_privileged_and_no_docker_socket(facts: Any) -> None:
    assert not named(facts, lambda one: one["HostConfig"]["Privileged"])
    assert not named(facts, lambda one: "unconfined" in str(one["HostConfig"]["SecurityOpt"]))
    assert not named(facts, lambda one: "docker.sock" in str(one["Mounts"]))


@pytest.mark.parametrize("limit", ["Memory", "NanoCpus", "PidsLimit"])
def test_CON_06_every_container_has_limits(facts: Any, limit: str) -> None:
    assert not named(facts, lambda one: not one["HostConfig"][limit])


def test_auth_alone_weighs_less_where_processors_are_short(facts: Any) -> None:
    """Docker's weight is 1024 where none is told, which is kept as 0."""
    weights = {
        (one["Config"]["Labels"]["com.docker.compose.service"], one["HostConfig"]["CpuShares"])
        for one in facts
    }
    assert {one for one in weights if one[1]} == {("auth", 128)}


def test_CON_07_every_server_has_a_health_check_that_needs_no_curl(
    stack: Compose, running: Any
) -> None:
    assert not named(running, lambda one: one["State"]["Health"]["Status"] != "healthy")
    for service in OURS:
        found = stack("exec", "-T", service, "sh", "-c", "command -v curl wget || true")
        assert found.strip() == ""


def test_CON_08_only_the_balancer_is_published_and_on_loopback(stack: Compose, facts: Any) -> None:
    published = {
        (one["Config"]["Labels"]["com.docker.compose.service"], end["HostIp"], end["HostPort"])
        for one in facts
        for ends in one["NetworkSettings"]["Ports"].values()
        for end in ends or []
    }
    assert published == {("haproxy", "127.0.0.1", str(stack.port))}


def test_CON_09_servers_start_again_by_themselves_and_one_shots_do_not(facts: Any) -> None:
    once = {"migrate", "secrets"}
    policies = {
        (
            one["Config"]["Labels"]["com.docker.compose.service"] in once,
            one["HostConfig"]["RestartPolicy"]["Name"],
        )
        for one in facts
    }
    assert policies == {(True, "no"), (False, "unless-stopped")}


def test_CON_10_a_service_behind_the_gateway_reaches_no_redis_and_no_database(
    stack: Compose, running: Any
) -> None:
    peers = [
        (next(iter(one["NetworkSettings"]["Networks"].values()))["IPAddress"], port)
        for service, port in (("redis", 6379), ("postgres", 5432))
        for one in stack.inspect(service)
    ]
    targets = [*peers, ("redis", 6379), ("postgres", 5432), ("gateway", 8080)]
    script = (
        "import socket, sys\n"
        f"for peer in {targets}:\n"
        "    try: socket.create_connection(peer, 1); print(peer[0])\n"
        "    except OSError: pass\n"
    )
    network = f"{stack.project}_app"
    image = stack.image("shop")
    done = run("docker", "run", "--rm", "--network", network, image, "python", "-c", script)
    assert done.stdout.split() == ["gateway"]

    members = {
        one["Config"]["Labels"]["com.docker.compose.service"]
        for one in running
        if f"{stack.project}_edge" in one["NetworkSettings"]["Networks"]
    }
    assert members == {"haproxy", "gateway"}


@pytest.mark.parametrize("network", ["edge", "app", "data", "accounts"])
def test_CON_10_inner_networks_have_no_way_out(stack: Compose, network: str) -> None:
    shown = run("docker", "network", "inspect", f"{stack.project}_{network}").stdout
    assert json.loads(shown)[0]["Internal"] is True


@pytest.mark.parametrize("service", OURS)
def test_CON_11_images_hold_no_secrets_no_tests_no_build_tools(
    stack: Compose, service: str
) -> None:
    image = stack.image(service)
    history = run("docker", "history", "--no-trunc", image).stdout
    assert not re.search(r"pepper=|password=|token=", history, re.IGNORECASE)
    names = (".git", "pip", "hatchling", "setuptools", "conftest.py", "devstack", "*-gcc*")
    words = ["find", "/", "-xdev", "-name", "Dockerfile"]
    words += [word for name in names for word in ("-o", "-name", name)]
    assert run("docker", "run", "--rm", image, *words, check=False).stdout == ""


@pytest.mark.parametrize("service", OURS)
def test_CON_12_images_have_no_setuid_files_and_are_small(stack: Compose, service: str) -> None:
    image = stack.image(service)
    found = run("docker", "run", "--rm", image, "find", "/", "-xdev", "-perm", "/6000", check=False)
    assert found.stdout == ""
    assert int(run("docker", "image", "inspect", "-f", "{{.Size}}", image).stdout) < MOST_BYTES


def test_CON_13_every_dependency_is_pinned_by_hash() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    installs = [line for line in dockerfile.splitlines() if " -r " in line]

    assert len(installs) >= 4
    assert all("--require-hashes" in line for line in installs)
    assert not re.search(r"^ADD ", dockerfile, re.MULTILINE)


@pytest.mark.parametrize(
    ("service", "absent"), [("gateway", ("argon2", "auth", "flask")), ("auth", ("gateway",))]
)
def test_images_hold_what_their_service_needs(
    stack: Compose, service: str, absent: tuple[str, ...]
) -> None:
    script = f"from importlib.util import find_spec; print([n for n in {absent} if find_spec(n)])"
    assert stack.execute(service, "python", "-c", script) == "[]"


def test_CON_17_nothing_of_the_host_is_shared_but_read_only_settings(
    stack: Compose, facts: Any
) -> None:
    for one in facts:
        host = one["HostConfig"]
        assert host["PidMode"] == ""
        assert host["IpcMode"] in ("private", "")
        assert host["UsernsMode"] == ""
        assert not host["Devices"]
        binds = [mount for mount in one["Mounts"] if mount["Type"] == "bind"]
        assert not [mount for mount in binds if mount["RW"]]
        folder = str(stack.folder / "deploy")
        assert not [mount for mount in binds if not mount["Source"].startswith(folder)]


def test_RED_01_02_everything_is_logged_and_nothing_is_evicted(stack: Compose) -> None:
    def setting(name: str) -> str:
        return stack.redis("config", "get", name).splitlines()[1]

    assert (setting("appendonly"), setting("appendfsync")) == ("yes", "everysec")
    assert setting("maxmemory-policy") == "noeviction"
    limit = stack.inspect("redis")[0]["HostConfig"]["Memory"]
    assert 0 < int(setting("maxmemory")) <= limit / 2
    mounts = {
        one["Destination"]: one["Name"]
        for one in stack.inspect("redis")[0]["Mounts"]
        if one["Type"] == "volume"
    }
    assert mounts["/data"] == f"{stack.project}_redis-data"


def test_RED_03_every_key_has_an_expiry(stack: Compose) -> None:
    person = Person(stack.url).register()
    person.log_in()
    person.patch({"op": "increment", "name": "n", "by": 1}, headers={"idempotency-key": "a"})
    person.post("/session/rotate")
    person.stranger().patch({"op": "set", "name": "a", "value": 1})
    person.close()
    # Counted by Redis at one moment: to ask about each key would take a second for each.
    found = re.search(r"keys=(\d+),expires=(\d+)", stack.redis("info", "keyspace"))

    assert found
    assert int(found[1]) > 0
    assert found[2] == found[1]


def as_service(stack: Compose, service: str, *command: str) -> str:
    """Send one command with a service's own login; return the reply or the error."""
    script = (
        "import os, redis, sys\n"
        "client = redis.Redis.from_url(open('/run/holdfast/redis_url').read())\n"
        "try: print(client.execute_command(*sys.argv[1:]))\n"
        "except redis.RedisError as error: print(type(error).__name__)\n"
    )
    return stack.execute(service, "python", "-c", script, *command)


REFUSED = [
    ("CONFIG", "GET", "*"),
    ("KEYS", "*"),
    ("SCAN", "0"),
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("ACL", "LIST"),
    ("SHUTDOWN",),
    ("REPLICAOF", "NO", "ONE"),
    ("GET", "other:{3f}:s:x"),
    ("GET", "x"),
    ("EVAL", "return redis.call('GET', 'other')", "0"),
]


@pytest.mark.parametrize("service", OURS)
@pytest.mark.parametrize("command", REFUSED, ids=" ".join)
def test_RED_04_services_have_named_commands_on_their_own_keys(
    stack: Compose, service: str, command: tuple[str, ...]
) -> None:
    if command[0] == "EVAL":
        assert as_service(stack, service, *command) in ("NoPermissionError", "ResponseError")
    else:
        assert as_service(stack, service, *command) == "NoPermissionError"


def test_RED_04_nobody_gets_in_without_a_name(stack: Compose) -> None:
    script = (
        "import redis\ntry: redis.Redis('redis').ping()\n"
        "except redis.RedisError as error: print(type(error).__name__)\n"
    )
    assert stack.execute("gateway", "python", "-c", script) == "AuthenticationError"


@pytest.mark.parametrize("service", ["gateway", "shop"])
@pytest.mark.parametrize(
    "command",
    [
        ("SET", "hf:{3f}:e:x", "1"),
        ("DEL", "hf:{3f}:e:x"),
        ("HSET", "hf:{3f}:x", "at", "1"),
        ("DEL", "hf:{3f}:x"),
        ("GET", "hf:{3f}:k:x"),
    ],
    ids=" ".join,
)
def test_RED_05_who_only_carries_sessions_cannot_end_everybodys(
    stack: Compose, service: str, command: tuple[str, ...]
) -> None:
    assert as_service(stack, service, *command) == "NoPermissionError"


def test_RED_06_no_secret_stands_in_an_environment_or_a_command_line(
    stack: Compose, facts: Any
) -> None:
    names = ("pepper", "redis_gateway", "redis_auth", "postgres_accounts", "admin_token")
    known = stack("run", "--rm", "secrets", "show", *names).split()
    told = json.dumps(facts) + stack("top") + stack("config") + stack("logs", "--no-color")

    assert not [name for name, secret in zip(names, known, strict=True) if secret in told]


def test_RED_07_redis_is_not_published(stack: Compose, running: Any) -> None:
    (redis,) = [one for one in running if "redis" in one["Name"]]
    assert not redis["NetworkSettings"]["Ports"].get("6379/tcp")
    assert list(redis["NetworkSettings"]["Networks"]) == [f"{stack.project}_data"]


def test_RED_15_redis_files_hold_no_token_and_no_password(stack: Compose) -> None:
    person = Person(stack.url).register()
    person.log_in()
    token, mark = person.cookie or "", secrets.token_hex(8)
    person.patch({"op": "set", "name": "mark", "value": mark})
    person.close()

    def count(text: str) -> int:
        shell = f"cat /data/appendonlydir/* | grep -ac -- {text} || true"
        return int(stack.execute("redis", "sh", "-c", shell))

    assert count(mark) > 0
    assert (count(token), count("horse")) == (0, 0)


def gunicorn(stack: Compose, service: str) -> dict[str, str]:
    command = ("gunicorn", "-c", f"python:{service}.gunicorn_conf", "--print-config")
    lines = stack.execute(service, *command, check=False).splitlines()
    return dict(re.split(r"\s*=\s*", line, maxsplit=1) for line in lines if "=" in line)


# The gateway's is gunicorn's asgi worker with repairs.
WORKERS = {"gateway": "gateway.worker.Worker", "auth": "gthread"}


@pytest.mark.parametrize("service", WORKERS)
def test_GUN_01_02_04_06_07_08_09_10_13_15_the_servers_settings(
    stack: Compose, service: str
) -> None:
    shown = gunicorn(stack, service)

    assert shown["worker_tmp_dir"] == "/dev/shm"  # noqa: S108 - GUN-01
    assert shown["worker_class"] == WORKERS[service]  # GUN-02
    assert int(shown["graceful_timeout"]) < 30  # GUN-04: the grace period of the compose file
    assert shown["forwarded_allow_ips"] in ("", "[]")  # GUN-06
    assert shown["header_map"] == "drop"  # GUN-07
    assert int(shown["limit_request_line"]) <= 8190  # GUN-08
    assert shown["control_socket_disable"] == "True"  # GUN-09
    assert int(shown["keepalive"]) > 30  # GUN-10: what the balancer keeps idle
    assert shown["reload"] == "False"  # GUN-13
    assert int(shown["workers"]) == 1  # GUN-15: instances scale, not processes


@pytest.mark.parametrize("service", OURS)
def test_GUN_13_16_the_command_is_gunicorn_itself(running: Any, service: str) -> None:
    (one, *_) = [fact for fact in running if f"-{service}-" in fact["Name"]]

    assert one["Config"]["Cmd"] == ["gunicorn", "-c", f"python:{service}.gunicorn_conf"]
    assert one["HostConfig"]["Init"] is True


def test_GUN_14_every_instance_has_connections_of_its_own(stack: Compose) -> None:
    person = Person(stack.url)
    for _ in range(8):
        person.get("/readyz")
    person.close()
    clients = stack.redis("client", "list").splitlines()
    gateways = {line.split("addr=")[1].split(":")[0] for line in clients if "user=gateway" in line}

    assert len(gateways) == 2


def test_GUN_17_log_lines_are_json_without_cookies(stack: Compose) -> None:
    person = Person(stack.url).register()
    person.log_in()
    person.get("/session?secret=horse")
    token = person.cookie or "?"
    person.close()
    told = stack("logs", "--no-log-prefix", "--no-color", "gateway", "auth")
    lines = [line for line in told.splitlines() if line.startswith("{")]

    assert all(json.loads(line)["event"] for line in lines)
    assert token not in told
    assert "horse" not in told

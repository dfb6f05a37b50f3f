"""Each overlay of deploy/ in its own deployment: it comes up, and keeps what it is there for."""

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from containers.conftest import REPORTS
from support import compose
from support.compose import Compose, run, until
from support.crowd import Crowd, Report
from support.people import PASSWORD, Person

PRIMARY_SECONDS = 40


@pytest.fixture(scope="module")
def tls(clone: Path) -> Iterator[Compose]:
    with compose.deployed(clone, "docker-compose.tls.yml") as made:
        yield made


@pytest.fixture
def browser(tls: Compose) -> Iterator[httpx.Client]:
    """Give a client that trusts the deployment's own certificate and nothing else."""
    pem = tls("exec", "-T", "haproxy", "cat", "/run/holdfast/tls.pem")
    certificate = pem[: pem.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n"
    context = ssl.create_default_context(cadata=certificate)
    with httpx.Client(base_url=tls.url, verify=context, trust_env=False, timeout=15) as made:
        yield made


def test_COO_01_and_HDR_01_cookies_are_host_bound_and_browsers_stay_on_tls(
    browser: httpx.Client,
) -> None:
    credentials = {"username": "tls-user", "password": PASSWORD}
    answers = [
        browser.post("/register", json=credentials),
        browser.post("/login", json=credentials),
    ]
    cookie = answers[1].headers["set-cookie"]
    assert cookie.startswith("__Host-holdfast=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie

    answers += [browser.get("/session"), browser.get("/nowhere"), browser.post("/login", json={})]
    assert answers[2].json()["user"]["username"] == "tls-user"
    assert {one.headers["strict-transport-security"] for one in answers} == {
        "max-age=31536000; includeSubDomains"
    }


def test_a_page_of_our_own_https_origin_may_write(browser: httpx.Client, tls: Compose) -> None:
    credentials = {"username": "origin-user", "password": PASSWORD}
    own = browser.post("/register", json=credentials, headers={"origin": tls.url})
    other = tls.url.replace("https", "http")
    refused = browser.post("/login", json=credentials, headers={"origin": other})

    assert own.status_code == 201
    assert refused.json()["type"] == "/problems/cross-site"


def test_HDR_10_plain_http_gets_no_answer_and_old_tls_neither(tls: Compose) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(tls.url.replace("https", "http") + "/session", trust_env=False)
    with socket.create_connection(("127.0.0.1", tls.port)) as plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(OSError):  # noqa: PT011 - an SSLError, or a cut connection
            context.wrap_socket(plain)


def test_a_given_certificate_is_used(tls: Compose, tmp_path: Path) -> None:
    pair = tmp_path / "pair.pem"
    parts = ("-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert"))
    subject = ("-subj", "/CN=given.test", "-nodes", "-newkey", "rsa:2048")
    run("openssl", "req", "-x509", *parts, *subject)
    pair.write_text((tmp_path / "cert").read_text() + (tmp_path / "key").read_text())
    tls.env["HOLDFAST_TLS_PEM"] = str(pair)
    tls.up()
    tls("restart", "haproxy")
    until(lambda: tls.healthy(tls.ids("haproxy")[0]))

    served = ssl.get_server_certificate(("127.0.0.1", tls.port))
    assert served.strip() == (tmp_path / "cert").read_text().strip()


def noted(report: Report) -> Report:
    """Keep a report for the table."""
    REPORTS.append(report)
    print(report)  # noqa: T201 - for pytest
    assert report.unexpected_401 == 0
    assert report.cookies_touched == 0
    assert report.doubled_writes == 0
    return report


def test_with_always_a_killed_redis_has_every_acknowledged_write(clone: Path) -> None:
    with compose.deployed(clone, "docker-compose.always.yml") as stack:
        assert stack.redis("config", "get", "appendfsync").splitlines()[1] == "always"
        with Crowd(stack.url) as traffic:
            for _ in range(3):
                traffic.settle()
                traffic.fault()
                stack.crash(stack.ids("redis")[0])
                until(lambda: stack.redis("ping") == "PONG")
                traffic.mended()
            traffic.settle()
        report = noted(traffic.report("kill -9 of Redis, three times (appendfsync always)"))

    assert report.lost_writes == 0
    assert report.server_errors > 0


def test_valkey_does_as_well_as_redis(clone: Path) -> None:
    with compose.deployed(clone, REDIS_IMAGE="valkey/valkey:8") as stack:
        assert "valkey_version:8" in stack.redis("info", "server")
        person = Person(stack.url).register()
        person.log_in()
        with Crowd(stack.url) as traffic:
            traffic.settle()
            traffic.fault()
            stack.crash(stack.ids("redis")[0])
            until(lambda: stack.redis("ping") == "PONG")
            traffic.mended()
            traffic.settle()
        report = noted(traffic.report("kill -9 of Valkey (appendfsync everysec)"))
        assert person.get("/session").json()["user"]["username"] == person.name
        assert "NOPERM" in stack.redis("config", "get", "*", user="health")
        person.close()

    assert report.recovered < 15


def test_OUT_13_and_RED_17_sentinels_replace_a_primary_within_15_s(clone: Path) -> None:
    nodes = ("redis", "redis-2", "redis-3")
    with compose.deployed(clone, "docker-compose.sentinel.yml") as stack:

        def roles() -> list[str]:
            return [stack.redis("role", service=one).splitlines()[0] for one in nodes]

        until(lambda: sorted(roles()) == ["master", "slave", "slave"], PRIMARY_SECONDS)
        assert stack.redis("config", "get", "min-replicas-to-write").splitlines()[1] == "1"
        until(lambda: "num-other-sentinels\n2" in sentinel_view(stack), PRIMARY_SECONDS)
        assert "NOPERM" in asked(stack, "sentinel", "failover", "holdfast")

        (first,) = stack.ids("redis")
        with Crowd(stack.url) as traffic:
            traffic.settle()
            traffic.fault()
            run("docker", "kill", first)
            traffic.settle()
            run("docker", "start", first)
            until(lambda: stack.healthy(first))
            until(lambda: roles()[0] == "slave")
            traffic.settle()
        report = noted(traffic.report("primary killed (Sentinel)"))
        assert sorted(roles()) == ["master", "slave", "slave"]

    assert report.longest_refusal < 15
    assert report.lost_writes <= 4


def sentinel_view(stack: Compose) -> str:
    """Return what a Sentinel knows, by name and value on lines of their own."""
    return asked(stack, "sentinel", "masters")


def asked(stack: Compose, *command: str) -> str:
    """Ask a Sentinel, as anybody may."""
    shell = '"$(command -v redis-cli || command -v valkey-cli)" -p 26379 "$@"'
    return stack.execute("sentinel-1", "sh", "-c", shell, "sh", *command, check=False)


def test_a_cluster_loses_one_shards_primary_and_nobody_is_logged_out(clone: Path) -> None:
    with compose.deployed(clone, "docker-compose.cluster.yml") as stack:
        assert "cluster_state:ok" in stack.redis("cluster", "info")
        primaries = stack.redis("cluster", "nodes").count("master")
        assert primaries == 3
        (first,) = stack.ids("redis")
        with Crowd(stack.url, readers=8, writers=8) as traffic:
            traffic.settle()
            traffic.fault()
            run("docker", "kill", first)
            time.sleep(1)
            traffic.settle()
            run("docker", "start", first)
            until(lambda: stack.healthy(first))
            until(lambda: stack.redis("role").splitlines()[0] == "slave")
            traffic.settle()
        report = noted(traffic.report("primary of one shard killed (Redis Cluster)"))
        stack("restart", "--timeout", "5")
        stack.up("--no-recreate")
        until(lambda: "cluster_state:ok" in stack.redis("cluster", "info"))

    assert report.longest_refusal < 15
    assert report.lost_writes <= 8

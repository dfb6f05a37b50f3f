"""How the server in front of the gateway's code is set up, and what it holds out."""

import runpy
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from edge.conftest import Breakable
from support.raw import Wire, ask
from support.until import until

from devstack.stack import Stack
from gateway import gunicorn_conf as gateway_conf
from gateway.proxy import AUTH_TIMEOUT_SECONDS
from gateway.routes import Route
from servicekit import gunicorn_conf as common

ROOT = Path(__file__).parents[2]
WHOLE, BEGUN = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n"


IN_MEMORY = "/dev/shm"  # noqa: S108 - a name to look for


@pytest.fixture(params=["gateway", "auth"])
def conf(request: pytest.FixtureRequest) -> dict[str, Any]:
    file = ROOT / "services" / request.param / "src" / request.param / "gunicorn_conf.py"
    return runpy.run_path(str(file))


def held(stack: Stack) -> set[str]:
    """Return what gateway 1 holds open."""
    folder = Path(f"/proc/{stack.processes['gateway-1'].pid}/fd")
    return {str(link.readlink()) for link in folder.iterdir() if link.is_symlink()}


@pytest.mark.skipif(not Path(IN_MEMORY).is_dir(), reason="no file system in memory here")
def test_GUN_01_a_heartbeat_waits_for_no_disk(conf: dict[str, Any], stack: Stack) -> None:
    assert conf["worker_tmp_dir"] == IN_MEMORY
    assert [name for name in held(stack) if name.startswith(f"{IN_MEMORY}/wgunicorn")]


def test_GUN_03_a_service_that_stalls_is_given_up_before_the_worker_is(
    conf: dict[str, Any], stack: Stack
) -> None:
    assert Route(prefix="/a", upstream="http://a").timeout_seconds < conf["timeout"]
    assert conf["timeout"] > AUTH_TIMEOUT_SECONDS
    assert ask(stack.port, b"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n").status == 504
    assert "WORKER TIMEOUT" not in (stack.folder / "gateway-1.log").read_text()


def test_GUN_06_no_proxy_is_trusted_by_the_server_itself(conf: dict[str, Any]) -> None:
    assert conf["forwarded_allow_ips"] == ""


def test_GUN_07_names_with_underscores_are_dropped_and_nothing_obsolete_is_taken(
    conf: dict[str, Any],
) -> None:
    assert (conf["header_map"], conf["forwarder_headers"]) == ("drop", "")
    lax = {"strip_header_spaces", "permit_obsolete_folding", "casefold_http_method"}
    assert not [name for name in lax if conf.get(name)]


def test_GUN_08_limits_are_set(conf: dict[str, Any]) -> None:
    assert (conf["limit_request_line"], conf["limit_request_field_size"]) == (8190, 16380)
    assert conf["limit_request_fields"] == (100 if "auth" in conf["wsgi_app"] else 88)


def test_GUN_09_there_is_no_control_socket(conf: dict[str, Any], stack: Stack) -> None:
    assert conf["control_socket_disable"]
    assert not [name for name in held(stack) if name.endswith(".ctl")]


def test_GUN_10_it_is_the_balancer_who_closes_idle_connections(stack: Stack) -> None:
    assert common.keepalive >= 75
    with Wire(stack.port) as wire:
        assert wire.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").reply().status == 200
        wire.socket.settimeout(3)
        with pytest.raises(TimeoutError):
            wire.closed()
        assert wire.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").reply().status == 200


def test_GUN_12_the_auth_service_takes_no_large_body(stack: Stack) -> None:
    auth = stack.env["HOLDFAST_AUTH_URLS"].split(",")[0]
    form = {"username": "x" * 70_000}
    assert httpx.post(f"{auth}/login", data=form, trust_env=False).status_code == 413
    assert httpx.post(f"{auth}/login", json=form, trust_env=False).status_code == 413


def test_a_head_that_never_ends_costs_a_connection_for_10_seconds(stack: Stack) -> None:
    """Slow heads (slowloris) are closed, also when a byte comes now and then.

    The second head on a connection too, whether it begins later or right behind the first; with
    either of gunicorn's parsers.
    """
    with ExitStack() as opened:
        silent, slow, again, behind, idle = (
            [opened.enter_context(Wire(stack.port + at)) for at in range(2)] for _ in range(5)
        )
        for at in range(2):
            slow[at].send(BEGUN)
            # In one piece: the second is there before the first is answered, however fast that is.
            assert behind[at].send(WHOLE + BEGUN).reply().status == 200
            assert again[at].send(WHOLE).reply().status == 200
            assert idle[at].send(WHOLE).reply().status == 200
            again[at].send(BEGUN)
        start, waiting = time.monotonic(), [*silent, *slow, *again, *behind]
        for one in waiting:
            one.socket.settimeout(20)
        for _ in range(6):
            for one in slow:
                one.send(b"X: 1\r\n")
            time.sleep(0.5)
        assert [one.closed() for one in waiting] == [True] * 8
        assert 5 < time.monotonic() - start < 15
        assert [one.send(WHOLE).reply().status for one in idle] == [200] * 2


def test_GUN_10_a_connection_that_asks_nothing_for_the_time_set_is_closed(stack: Stack) -> None:
    with gateway_with(stack, "--keep-alive 2") as port, Wire(port) as asks, Wire(port) as rests:
        for one in (asks, rests):
            assert one.send(WHOLE).reply().status == 200
        start = time.monotonic()
        rests.socket.settimeout(0.2)
        while time.monotonic() - start < 10:
            assert asks.send(WHOLE).reply().status == 200
            with suppress(TimeoutError):
                assert rests.closed()
                break
        assert 1.5 < time.monotonic() - start < 10


@contextmanager
def gateway_with(stack: Stack, arguments: str) -> Iterator[int]:
    """Start gateway 2 with more settings of gunicorn; give its port."""
    before = stack.env.get("GUNICORN_CMD_ARGS", "")
    stack.env["GUNICORN_CMD_ARGS"] = f"{before} {arguments}"
    stack.restart("gateway-2")
    try:
        yield stack.port + 1
    finally:
        stack.env["GUNICORN_CMD_ARGS"] = before
        stack.restart("gateway-2")


def test_what_is_too_slow_or_too_much_is_turned_away_and_the_rest_served(
    breakable: Breakable,
) -> None:
    """A body that stalls gets a 408, a connection too many is closed."""
    with gateway_with(breakable.stack, "--worker-connections 20 --timeout 3") as port:
        stalled = (
            b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: 9\r\n\r\nhalf"
        )
        assert ask(port, stalled).status == 408
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(21)]
        until(lambda: any(_is_closed(one) for one in held), 5)
        for one in held:
            one.close()
        until(lambda: ask(port, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").status == 200, 5)


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.1)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_the_gateway_runs_the_worker_that_these_tests_are_about() -> None:
    assert gateway_conf.worker_class == "gateway.worker.Worker"

"""The Redis clients that an application hands to holdfast.flask."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
import redis
import redis.asyncio
import redis.sentinel
from support import redis_server, tls

from holdfast.flask import ConfigError, Session

PASSWORD = "correct-horse"
# The driver leaves these untyped.
BLOCKING_POOL: Any = redis.BlockingConnectionPool
SENTINEL: Any = redis.sentinel.Sentinel
CONNECTION: Any = redis.Connection
CLIENTS: dict[str, Callable[[int], Any]] = {
    "Redis(port=)": lambda port: redis.Redis(port=port, password=PASSWORD),
    "Redis(host=, port=, db=)": lambda port: redis.Redis("localhost", port, 3, password=PASSWORD),
    "StrictRedis": lambda port: redis.StrictRedis("127.0.0.1", port, password=PASSWORD),
    "from_url": lambda port: redis.from_url(f"redis://:{PASSWORD}@127.0.0.1:{port}/1"),
    "Redis.from_url": lambda port: redis.Redis.from_url(
        f"redis://default:{PASSWORD}@127.0.0.1:{port}"
    ),
    "protocol=2": lambda port: redis.Redis(port=port, password=PASSWORD, protocol=2),
    "protocol=3": lambda port: redis.Redis(port=port, password=PASSWORD, protocol=3),
    "?protocol=3": lambda port: redis.from_url(
        f"redis://:{PASSWORD}@127.0.0.1:{port}?protocol=3&socket_timeout=9&max_connections=2"
    ),
    "decode_responses": lambda port: redis.Redis(
        port=port, password=PASSWORD, decode_responses=True, encoding="utf-16"
    ),
    "one connection": lambda port: redis.Redis(
        port=port, password=PASSWORD, single_connection_client=True
    ),
    "pool": lambda port: redis.Redis(
        connection_pool=redis.ConnectionPool(host="127.0.0.1", port=port, password=PASSWORD)
    ),
    "BlockingConnectionPool": lambda port: redis.Redis(
        connection_pool=BLOCKING_POOL(
            host="127.0.0.1", port=port, password=PASSWORD, max_connections=2, timeout=1
        )
    ),
    "credentials": lambda port: redis.Redis(
        port=port, credential_provider=redis.UsernamePasswordCredentialProvider("default", PASSWORD)
    ),
    "keepalive, health check, name": lambda port: redis.Redis(
        port=port,
        password=PASSWORD,
        socket_keepalive=True,
        socket_keepalive_options={},
        health_check_interval=30,
        client_name="shop",
    ),
}


def walks(client: Any) -> bool:
    """Serve an application whose sessions are at `client`; return whether a value is kept."""
    app = flask.Flask("moved")
    app.config.update(SECRET_KEY="k" * 32, SESSION_TYPE="redis", SESSION_REDIS=client)
    Session(app)

    @app.get("/")
    def count() -> str:
        flask.session["n"] = flask.session.get("n", 0) + 1
        return str(flask.session["n"])

    browser = app.test_client()
    return [browser.get("/").text for _ in range(2)] == ["1", "2"]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Give the TCP port of a Redis that wants a password."""
    with redis_server.running_on_a_port() as url:
        with redis.Redis.from_url(url) as admin:
            admin.config_set("requirepass", PASSWORD)
        yield int(url.rpartition(":")[2])


@pytest.mark.parametrize("kind", CLIENTS)
def test_any_plain_client_over_tcp_is_taken(port: int, kind: str) -> None:
    """People who move from Flask-Session have a `redis.Redis`, and change one line.

    Report: newcomer's walk (case H1).
    Rule: docs/flask.md, SESSION_REDIS.
    """
    client = CLIENTS[kind](port)
    assert walks(client)
    client.close()


def test_a_client_of_a_unix_socket_is_taken() -> None:
    """A path counts as a place, as before.

    Report: newcomer's walk (case H1).
    Rule: docs/flask.md, SESSION_REDIS.
    """
    with redis_server.running() as url:
        path = url.removeprefix("unix://")
        assert walks(redis.Redis.from_url(url))
        assert walks(redis.Redis(unix_socket_path=path, protocol=3))


@tls.needed
def test_a_client_with_tls_keeps_what_it_trusts(tmp_path: Path) -> None:
    """The authority and the check of the host's name are copied with the place.

    Report: newcomer's walk (case H1).
    Rule: RFC 9525, 6; docs/flask.md, SESSION_REDIS.
    """
    identity, theirs = tls.identity(tmp_path), tls.authority(tmp_path, "theirs")
    with tls.built_in(), redis_server.serving(tls=identity) as server:
        assert walks(redis.Redis(port=server.port, **identity.client))
        wrong = {**identity.client, "ssl_ca_certs": str(theirs)}
        assert not walks(redis.Redis(port=server.port, **wrong))


def tunnelled(*, tunnel: str, **options: Any) -> Any:
    """Make a connection with an option that only its own pool knows."""
    assert tunnel
    return CONNECTION(**options)


def test_a_client_that_cannot_be_taken_is_a_fault_of_the_configuration() -> None:
    """The start stops with a ConfigError that names the setting, not with the driver's error.

    Report: newcomer's walk (case H1).
    Rule: docs/flask.md, SESSION_REDIS.
    """
    pool = redis.ConnectionPool(connection_class=tunnelled, tunnel="a")
    for client in (
        redis.Redis(connection_pool=pool),
        SENTINEL([("127.0.0.1", 1)]).master_for("m"),
        redis.asyncio.Redis(),
        redis.ConnectionPool(),
        7,
    ):
        app = flask.Flask("moved")
        app.config.update(SECRET_KEY="k" * 32, SESSION_REDIS=client)
        with pytest.raises(ConfigError, match=r"^SESSION_REDIS: .*URL"):
            Session(app)

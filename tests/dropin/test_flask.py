"""What only Flask has: its own session features, its configuration, its error handlers."""

import datetime as dt
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
import redis
from flask.testing import FlaskClient
from markupsafe import Markup
from support import redis_server
from support.until import until
from werkzeug.test import TestResponse

from devstack.ports import free_ports
from holdfast import Keys, Session, Token
from holdfast.errors import StoreError, VersionConflict
from holdfast.flask import ConfigError, session
from holdfast.flask import Session as Sessions
from holdfast.redis_store import RedisStore


def make_app(store: RedisStore | None, **config: Any) -> flask.Flask:
    app = flask.Flask("under-test")
    app.config.update(SECRET_KEY="k" * 32, **config)
    Sessions(app, store=store)

    @app.get("/public")
    def public() -> str:
        return "served"

    @app.get("/page")
    def page() -> list[Any]:
        return flask.get_flashed_messages(with_categories=True)

    @app.post("/flash/<text>")
    def say(text: str) -> str:
        flask.flash(text, "info")
        return "said"

    return app


def cookie_of(answer: TestResponse) -> str:
    return answer.headers["set-cookie"].partition("=")[2].partition(";")[0]


def test_what_flask_can_keep_in_a_cookie_is_kept(store: RedisStore) -> None:
    app, kept = (
        make_app(store),
        {
            "t": (1, ("a", [2])),
            "b": b"\x00\xff",
            "d": dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
            "u": uuid.UUID(int=5),
            "m": Markup("<b>"),
            "odd": {" t": [1]},
        },
    )
    browser = app.test_client()
    with browser.session_transaction() as transaction:
        transaction.update(kept)

    with browser.session_transaction() as transaction:
        assert dict(transaction) == kept


def test_plain_values_stand_in_redis_as_plain_json(store: RedisStore) -> None:
    browser = make_app(store).test_client()
    with browser.session_transaction() as transaction:
        transaction["cart"] = [{"sku": "kelp", "n": 1}]

    cookie = browser.get_cookie("session")
    assert cookie
    found = store.load(Token(cookie.value))
    assert isinstance(found, Session)
    assert found.data == {"cart": b'[{"sku":"kelp","n":1}]'}


def test_messages_flashed_from_two_tabs_are_all_shown_once(store: RedisStore) -> None:
    app = make_app(store)
    browser, other = app.test_client(), app.test_client()

    @app.get("/both")
    def both() -> list[Any]:
        shown = flask.get_flashed_messages()
        assert other.post("/flash/second").status_code == 200
        assert other.get("/page").json == [["info", "first"], ["info", "second"]]
        assert other.post("/flash/third").status_code == 200
        return shown

    other.set_cookie("session", cookie_of(browser.post("/flash/first")))
    assert browser.get("/both").json == ["first"]
    assert browser.get("/page").json == [["info", "third"]]
    assert browser.get("/page").json == []


def counting(app: flask.Flask) -> tuple[FlaskClient, FlaskClient]:
    """Give two tabs of one browser; /count/1 is overtaken by a request of the other."""
    browser, other = app.test_client(), app.test_client()

    @app.get("/count/<int:overtaken>")
    def count(overtaken: int) -> flask.Response:
        session["n"] = session.get("n", 0) + 1
        if overtaken:
            other.get("/count/0").close()
        answer = flask.send_file(Path(__file__), etag=True)
        answer.headers["x-mine"] = "1"
        return answer

    first = browser.get("/count/0")
    other.set_cookie("session", cookie_of(first))
    first.close()
    return browser, other


def test_the_view_s_answer_gives_way_to_a_conflict(store: RedisStore) -> None:
    browser, _ = counting(make_app(store))

    refused = browser.get("/count/1")
    assert refused.status_code == 409
    assert not {"etag", "x-mine", "set-cookie"} & {name.lower() for name, _ in refused.headers}
    assert "Another request" in refused.text


def test_an_application_answers_a_conflict_its_own_way(store: RedisStore) -> None:
    app = make_app(store)

    @app.errorhandler(VersionConflict)
    def ours(error: VersionConflict) -> tuple[str, int]:
        return f"again, please: {error.name}", 409

    browser, _ = counting(app)
    assert browser.get("/count/1").text == "again, please: n"


def test_an_outage_keeps_the_cookie_and_serves_what_does_not_look(keys: Keys) -> None:
    dead = RedisStore(f"redis://127.0.0.1:{free_ports(1)[0]}", keys)
    app = make_app(dead)
    browser = app.test_client()
    browser.set_cookie("session", Token.new(7).text)

    refused = browser.get("/page")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert "set-cookie" not in refused.headers
    assert browser.get("/public").text == "served"
    assert app.test_client().get("/page").json == []
    unsaved = app.test_client().post("/flash/text")
    assert (unsaved.status_code, unsaved.text != "said") == (503, True)


def test_an_outage_is_told_once_and_so_is_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with redis_server.serving() as server:
        browser = make_app(None, SESSION_REDIS=server.url).test_client()
        browser.set_cookie("session", Token.new(7).text)
        server.kill()
        assert [browser.get("/page").status_code for _ in range(5)] == [503] * 5
        (told,) = caplog.messages
        assert "SESSION_REDIS is out of reach" in told
        server.start()
        until(lambda: browser.get("/page").status_code == 200, 10)
    assert caplog.messages == [told, "the server of SESSION_REDIS answers again"]


def test_a_wrong_password_is_told_and_never_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with redis_server.serving() as server:
        server.ask("CONFIG", "SET", "requirepass", "right")
        wrong = server.url.replace("://", "://:mistaken@")
        browser = make_app(None, SESSION_REDIS=wrong).test_client()
        browser.set_cookie("session", Token.new(7).text)

        assert browser.get("/page").status_code == 503
    (told,) = caplog.messages
    assert "it refuses the user or the password" in told
    assert "mistaken" not in caplog.text


def test_a_handler_registered_before_stays(keys: Keys) -> None:
    app = flask.Flask("early")
    app.secret_key = "k"
    app.register_error_handler(StoreError, lambda _: ("ours", 503))
    Sessions(app, store=RedisStore(f"redis://127.0.0.1:{free_ports(1)[0]}", keys))
    app.add_url_rule("/", view_func=lambda: dict(session))

    browser = app.test_client()
    browser.set_cookie("session", Token.new(7).text)
    assert browser.get("/").text == "ours"


def test_a_stream_reads_the_session_and_cannot_write_it(store: RedisStore) -> None:
    app = make_app(store)

    @app.get("/stream")
    def stream() -> flask.Response:
        session["a"] = 1

        def body() -> Iterator[str]:
            yield str(session["a"])
            try:
                session["a"] = 2
            except RuntimeError as error:
                yield str(error)

        return flask.Response(flask.stream_with_context(body()))

    assert app.test_client().get("/stream").text.startswith("1the response has begun")


def test_regenerate_is_understood(store: RedisStore) -> None:
    app = make_app(store)

    @app.post("/regenerate")
    def regenerate() -> str:
        app.session_interface.regenerate(flask.session)  # type: ignore[attr-defined]
        return "done"

    browser = app.test_client()
    first = cookie_of(browser.post("/flash/a"))
    assert cookie_of(browser.post("/regenerate")) != first
    assert browser.get("/page").json == [["info", "a"]]


def test_flask_session_s_configuration_is_understood(
    redis_url: str, client: redis.Redis, keys: Keys
) -> None:
    app = make_app(
        None,
        SESSION_TYPE="redis",
        SESSION_REDIS=redis.Redis.from_url(redis_url, decode_responses=True),
        SESSION_KEY_PREFIX=f"{keys.prefix}:",
        SESSION_PERMANENT=True,
        PERMANENT_SESSION_LIFETIME=120,
        HOLDFAST_ABSOLUTE_SECONDS=600,
        SESSION_COOKIE_NAME="sid",
        SESSION_COOKIE_PATH="/flash",
        SESSION_COOKIE_DOMAIN="example.org",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PARTITIONED=True,
        SESSION_USE_SIGNER=False,
        SESSION_ID_LENGTH=32,
        SESSION_SERIALIZATION_FORMAT="msgpack",
    )

    cookie = (
        app.test_client().post("/flash/a", base_url="https://example.org").headers["set-cookie"]
    )
    name, *attributes = cookie.split("; ")
    assert name.startswith("sid=")
    assert set(attributes) - {one for one in attributes if one.startswith("Expires")} == {
        "Domain=example.org",
        "Max-Age=600",
        "Secure",
        "HttpOnly",
        "Path=/flash",
        "SameSite=Strict",
        "Partitioned",
    }
    (key,) = client.scan_iter(f"{keys.prefix}:*")
    assert 110_000 < client.pttl(key) <= 180_000


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"SESSION_TYPE": "filesystem"}, "SESSION_TYPE"),
        ({"SESSION_KEY_PREFIX": "a b"}, "SESSION_KEY_PREFIX"),
        ({"SESSION_REDIS": 7}, "SESSION_REDIS"),
        ({"SESSION_REDIS": "http://127.0.0.1"}, "SESSION_REDIS"),
        ({"HOLDFAST_TOUCH_SECONDS": -1}, "HOLDFAST_TOUCH_SECONDS"),
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"PERMANENT_SESSION_LIFETIME": 0}, "PERMANENT_SESSION_LIFETIME"),
        ({"HOLDFAST_ABSOLUTE_SECONDS": "long"}, "HOLDFAST_ABSOLUTE_SECONDS"),
        ({"HOLDFAST_ABSOLUTE_SECONDS": True}, "HOLDFAST_ABSOLUTE_SECONDS"),
        ({"HOLDFAST_ABSOLUTE_SECONDS": 300_000_000_000}, "HOLDFAST_ABSOLUTE_SECONDS"),
        ({"HOLDFAST_STORE_TIMEOUT_MS": 60_001}, "HOLDFAST_STORE_TIMEOUT_MS"),
        ({"HOLDFAST_TOUCH_SECONDS": float("inf")}, "HOLDFAST_TOUCH_SECONDS"),
        ({"HOLDFAST_TOUCH_SECONDS": 2_678_400}, "HOLDFAST_TOUCH_SECONDS"),
        ({"PERMANENT_SESSION_LIFETIME": "soon"}, "PERMANENT_SESSION_LIFETIME"),
        ({"PERMANENT_SESSION_LIFETIME": 1e30}, "PERMANENT_SESSION_LIFETIME"),
        ({"PERMANENT_SESSION_LIFETIME": timedelta(days=4000)}, "PERMANENT_SESSION_LIFETIME"),
    ],
)
def test_a_configuration_that_cannot_be_meant_stops_the_start(
    config: dict[str, Any], told: str
) -> None:
    app = flask.Flask("under-test")
    app.config.update({"SECRET_KEY": "k", **config})

    with pytest.raises(ConfigError, match=told):
        Sessions(app)


def test_a_new_secret_key_logs_nobody_out(redis_url: str, keys: Keys) -> None:
    first = make_app(None, SESSION_REDIS=redis_url, SESSION_KEY_PREFIX=keys.prefix)
    token = cookie_of(first.test_client().post("/flash/a"))

    rotated = {"SESSION_REDIS": redis_url, "SESSION_KEY_PREFIX": keys.prefix}
    app = flask.Flask("rotated")
    app.config.update(SECRET_KEY="n" * 32, SECRET_KEY_FALLBACKS=["k" * 32], **rotated)
    Sessions(app)
    app.add_url_rule("/", view_func=lambda: list(session))
    browser = app.test_client()
    browser.set_cookie("session", token)
    assert browser.get("/").json == ["_flashes"]


def test_an_outage_while_the_view_runs_is_told_and_not_saved(keys: Keys) -> None:
    with redis_server.running() as url:
        app = make_app(RedisStore(url, keys, timeout_s=2))
        browser = app.test_client()

        @app.get("/late")
        def late() -> str:
            session["a"] = 1
            with redis.Redis.from_url(url) as admin:
                admin.shutdown(nosave=True)
            return "saved"

        browser.post("/flash/a")
        refused = browser.get("/late")
    assert (refused.status_code, "saved" in refused.text) == (503, False)
    assert "set-cookie" not in refused.headers

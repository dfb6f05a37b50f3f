"""Flask-Session's own test cases, asked of both: one application, one browser, the same answers."""

from collections.abc import Callable
from typing import Any

import flask_session
import pytest
import redis
from flask import Flask, request, session
from werkzeug.test import TestResponse

import holdfast.flask
from holdfast import Keys

Script = Callable[[Any], TestResponse]
REGENERATE = "/regenerate"


def application(extension: Any, **config: Any) -> Flask:
    app = Flask("cases")
    app.config.update(SECRET_KEY="k" * 32, SESSION_TYPE="redis", **config)
    app.config["SESSION_SERIALIZATION_FORMAT"] = "json"

    @app.get("/")
    def hello() -> str:
        return "hello world"

    @app.post("/set")
    def put() -> str:
        session["value"] = request.form["value"]
        return "value set"

    @app.post("/nested")
    def nested() -> str:
        session.setdefault("list", []).append(1)
        session.modified = True
        return str(len(session["list"]))

    @app.post("/delete")
    def delete() -> str:
        del session["value"]
        return "value deleted"

    @app.post("/clear")
    def clear() -> str:
        session.clear()
        return "cleared"

    @app.post(REGENERATE)
    def regenerate() -> str:
        app.session_interface.regenerate(session)  # type: ignore[attr-defined]  # of both
        return "regenerated"

    @app.get("/get")
    def get() -> str:
        return str(session.get("value", "no value set"))

    extension.Session(app)
    return app


def seen(answer: TestResponse) -> tuple[object, ...]:
    """Return what a person and a cache see of an answer."""
    return answer.status_code, answer.text, answer.headers.get("Vary")


def attributes(answer: TestResponse) -> set[str]:
    """Return the names of what a cookie says beside its value."""
    (cookie,) = answer.headers.getlist("Set-Cookie")
    return {part.partition("=")[0] for part in cookie.split("; ")[1:]} - {"Max-Age"}


STEPS: dict[str, Script] = {
    "a visit says nothing of cookies": lambda browser: browser.get("/"),
    "nothing is there at first": lambda browser: browser.get("/get"),
    "a value is set": lambda browser: browser.post("/set", data={"value": "42"}),
    "and read": lambda browser: browser.get("/get"),
    "changed": lambda browser: browser.post("/set", data={"value": "43"}),
    "and read again": lambda browser: browser.get("/get"),
    "a list begins": lambda browser: browser.post("/nested"),
    "and grows": lambda browser: browser.post("/nested"),
    "a new token": lambda browser: browser.post(REGENERATE),
    "keeps the value": lambda browser: browser.get("/get"),
    "a value is deleted": lambda browser: browser.post("/delete"),
    "and is gone": lambda browser: browser.get("/get"),
    "everything is cleared": lambda browser: browser.post("/clear"),
    "and is gone, too": lambda browser: browser.get("/get"),
    "and begins anew": lambda browser: browser.post("/set", data={"value": "44"}),
    "as before": lambda browser: browser.get("/get"),
}


@pytest.mark.parametrize("permanent", [True, False])
def test_the_same_browser_sees_the_same(
    client: redis.Redis, keys: Keys, *, permanent: bool
) -> None:
    given: dict[str, Any] = {"SESSION_REDIS": client, "SESSION_PERMANENT": permanent}
    given |= {"SESSION_COOKIE_SAMESITE": "Lax", "SESSION_KEY_PREFIX": keys.prefix}
    before = application(flask_session, **given).test_client()
    after = application(holdfast.flask, **given).test_client()

    told = {name: (step(before), step(after)) for name, step in STEPS.items()}
    differ = {name: pair for name, pair in told.items() if seen(pair[0]) != seen(pair[1])}
    assert differ == {}
    for name in ("a value is set", "a new token", "and begins anew"):
        theirs, ours = map(attributes, told[name])
        assert theirs == ours
        assert ("Expires" in ours) is permanent

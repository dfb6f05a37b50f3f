"""What Flask's own session cookie keeps, `holdfast.flask` keeps alike, as JSON that others read."""

import dataclasses
import datetime as dt
import decimal
import enum
import json
import math
import uuid
from collections import OrderedDict, defaultdict, namedtuple
from typing import Any

import flask
import pytest
from flask.sessions import SecureCookieSessionInterface
from markupsafe import Markup

from holdfast import Session as Stored
from holdfast import Token
from holdfast.flask import Session, session
from holdfast.memory import MemoryStore


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Item:
    name: str
    made: dt.date
    weight: float = 1.5
    parts: dict[int, str] = dataclasses.field(default_factory=lambda: {1: "a"})


class Page:
    """Has HTML of its own."""

    def __html__(self) -> str:
        return "<b>kelp</b>"


Point = namedtuple("Point", "x y")  # noqa: PYI024 - as an application may have it
DAY = dt.date(2024, 1, 2)
UTC_NOON = dt.datetime(2024, 1, 2, 12, 0, 0, 250_000, dt.UTC)
ONE_ID = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
KEPT: list[Any] = [
    None, True, 0, -1, 2**53, 2**64, 10**400, -(10**400), 1.5, -0.0, 1e308, 5e-324,
    math.inf, -math.inf, math.nan, [math.nan, {"a": math.inf}], (math.inf,),
    "", "kelp", "\u00e9\u4f60\U0001f30a", "\u2028", "\x00", "\ud800", "a\udfffb", ["\ud83c"],
    "\\ud800", '"\ud800"',
    [], [1, [2]], (), (1, (2,)), [(1,), {"t": (2,)}], Point(1, 2),
    {}, {"a": 1}, {"a": {"b": ()}}, {1: "a"}, {1: {2: 3}, 4: 5}, {True: 1}, {None: 1}, {1.5: 1},
    {math.inf: 1}, {"": 1}, OrderedDict(b=1, a=2), defaultdict(list, a=[1]),
    {" t": [1]}, {" f": "nan"}, {" f": "kelp"}, {" f": 1}, {" i": "1"}, {" s": "x"}, {" di": 1},
    b"", b"\x00\xff", DAY, UTC_NOON, dt.datetime(2024, 1, 2), {"when": UTC_NOON},  # noqa: DTZ001
    decimal.Decimal("1.50"), decimal.Decimal("NaN"), [decimal.Decimal(1)], ONE_ID, [ONE_ID],
    Markup("<i>x</i>"), Page(), Colour.RED, Level.HIGH, {Colour.RED: 1},
    Item("kelp", DAY), [Item("kelp", DAY, math.nan)],
]  # fmt: skip
NEVER_KEPT: list[Any] = [
    {1, 2}, frozenset({1}), object(), 1j, bytearray(b"a"), dt.timedelta(1),
    dt.time(1), range(3), print, {(1, 2): 3}, {b"a": 1}, [{"a": {"b": {1}}}], Exception("x"),
]  # fmt: skip


def app_with(store: MemoryStore | None) -> flask.Flask:
    """Make an application with sessions in a store, or with Flask's own."""
    app = flask.Flask("values")
    app.secret_key = "k" * 32
    if store is not None:
        Session(app, store=store)
    return app


def back(app: flask.Flask, value: Any) -> Any:
    """Put a value into the session in one request, and return what the next one finds."""
    found: list[Any] = []

    def put() -> str:
        flask.session["value"] = value
        return ""

    def get() -> str:
        found.append(flask.session["value"])
        return ""

    app.add_url_rule("/put", view_func=put)
    app.add_url_rule("/get", view_func=get)
    app.testing = True  # an error of a view is raised here
    browser = app.test_client()
    put_by = browser.get("/put")
    app.config["COOKIE"] = put_by.headers["set-cookie"].partition("=")[2].partition(";")[0]
    browser.get("/get")
    return found[0]


def in_order(value: Any) -> Any:
    """Sort keys as Flask's cookie does; ours come back as they were inserted."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    return [in_order(one) for one in value] if isinstance(value, list) else value


def same(one: Any, other: Any) -> bool:
    """Compare types, too, and take NaN for equal to itself."""
    return type(one) is type(other) and repr(one) == repr(other)


def test_what_flasks_cookie_keeps_is_kept_alike_and_others_can_read_it() -> None:
    """Each value comes back with the type and content that Flask's own cookie gives it.

    Report: newcomer's walk (case F17).
    Rule: RFC 8259, 6 and 8.2; RFC 7493, 2.1 and 2.2.
    """
    wrong = []
    for value in KEPT:
        store = MemoryStore(lambda: 0)
        by_flask, by_us = back(app_with(None), value), back(app_with(store), value)
        if not same(by_flask, in_order(by_us)):
            wrong.append(f"{value!r}: {by_us!r}, by Flask {by_flask!r}")
    assert not wrong, "\n".join(wrong)
    assert len(KEPT) >= 60


def test_every_value_is_json_that_any_reader_takes() -> None:
    """No stored text has NaN, Infinity, a number beyond a double or half of a surrogate pair.

    Report: newcomer's walk (case F17).
    Rule: RFC 8259, 6 and 8.2; RFC 7493, 2.1 and 2.2.
    """
    for value in KEPT:
        store = MemoryStore(lambda: 0)
        app = app_with(store)
        back(app, value)
        found = store.load(Token.parse(app.config["COOKIE"]))
        assert isinstance(found, Stored)
        assert found.data
        text = found.data["value"]
        read = json.loads(text.decode("utf-8"), parse_constant=pytest.fail)
        for one in every(read):
            assert not isinstance(one, str) or one.encode("utf-8") is not None
            assert not isinstance(one, int) or math.isfinite(float(one))


def every(value: Any) -> list[Any]:
    """List a JSON value with all that is in it."""
    if isinstance(value, dict):
        return [value, *(one for pair in value.items() for part in pair for one in every(part))]
    if isinstance(value, list):
        return [value, *(one for part in value for one in every(part))]
    return [value]


def test_what_cannot_be_kept_names_its_key_and_nothing_is_written() -> None:
    """An application learns which of its keys has the value, at once, and none of them is saved.

    Report: newcomer's walk (case F17).
    Rule: ASVS 5.0, 16.5.
    """
    circle: list[Any] = []
    circle.append(circle)
    for value in [*NEVER_KEPT, circle, {"\ud800": 1}, {1: "a", "1": "b"}, 10**5000]:
        store = MemoryStore(lambda: 0)
        app = app_with(store)

        def put(value: Any = value) -> str:
            session["good"] = 1
            session["basket"] = value
            return ""

        def grow(value: Any = value) -> str:
            session["good"] = 1
            session["basket"] = []
            session["basket"].append(value)
            return ""

        app.add_url_rule("/put", view_func=put)
        app.add_url_rule("/grow", view_func=grow)
        app.testing = True
        for path in ("/put", "/grow"):
            with pytest.raises(TypeError, match=r"session\['basket'\]"):
                app.test_client().get(path)
        app.testing = False
        answer = app.test_client().get("/grow")
        assert (answer.status_code, "set-cookie" in answer.headers) == (500, False)


def test_an_applications_own_json_provider_decides_what_else_is_kept() -> None:
    """A provider that writes sets makes sessions keep them as its lists, as Flask's cookie does.

    Report: newcomer's walk (case F17).
    Rule: RFC 8259, 5.
    """

    class Provider(flask.json.provider.DefaultJSONProvider):
        @staticmethod
        def default(value: Any) -> Any:
            return sorted(value)

    apps = [app_with(None), app_with(MemoryStore(lambda: 0))]
    for app in apps:
        app.json = Provider(app)
        assert SecureCookieSessionInterface().get_signing_serializer(app) is not None

    assert [back(app, {2, 1}) for app in apps] == [[1, 2], [1, 2]]

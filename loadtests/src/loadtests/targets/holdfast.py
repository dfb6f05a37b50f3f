"""Holdfast's HTTP API."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from loadtests.record import Body, Outcome, Stamps, Verb
from loadtests.targets.protocol import Ask, Reading, cookie_of, outcome_of
from loadtests.wire import Answer, Request

_JSON = {"content-type": "application/json"}
_PLAIN: dict[Verb, tuple[str, str]] = {
    Verb.READ: ("GET", "/session"),
    Verb.PEEK: ("GET", "/session"),
    Verb.ROTATE: ("POST", "/session/rotate"),
    Verb.LOGOUT: ("POST", "/logout"),
    Verb.END_OTHERS: ("DELETE", "/sessions"),
}


class _User(msgspec.Struct):
    username: str


class _View(msgspec.Struct):
    id: str
    user: _User | None
    created_at: datetime
    last_seen_at: datetime
    idle_expires_at: datetime
    absolute_expires_at: datetime
    data: dict[str, Any]


class _Written(msgspec.Struct):
    values: dict[str, Any] = {}


_view = msgspec.json.Decoder(_View)
_written = msgspec.json.Decoder(_Written)
_text = msgspec.json.Decoder(str)


class HoldfastTarget:
    """Speaks to gateways of Holdfast."""

    verbs = frozenset(Verb)
    idle_seconds = None

    def request(self, ask: Ask) -> Request:
        """See Target.request."""
        headers = {"cookie": ask.cookie} if ask.cookie else {}
        if ask.verb is Verb.PEEK:
            headers["x-session-passive"] = "1"
        if ask.verb is Verb.END_ONE:
            return Request("DELETE", f"/sessions/{ask.public_id}", ask.verb, headers)
        if ask.verb is Verb.VALUE:
            return Request("GET", f"/session/data/{ask.name}", ask.verb, headers)
        if plain := _PLAIN.get(ask.verb):
            return Request(*plain, ask.verb, headers)
        method, path, body = _with_body(ask)
        return Request(method, path, ask.verb, headers | _JSON, msgspec.json.encode(body))

    def read(self, ask: Ask, answer: Answer) -> Reading:
        """See Target.read."""
        outcome = outcome_of(answer)
        reading = Reading(
            outcome,
            cookie=cookie_of(answer, "holdfast"),
            instance=answer.headers.get("x-served-by", ""),
        )
        if outcome is not Outcome.OK:
            return reading
        try:
            return replace(reading, **_understand(ask, answer))
        except (msgspec.MsgspecError, TypeError, KeyError):
            return replace(reading, outcome=Outcome.ERROR)


def _with_body(ask: Ask) -> tuple[str, str, dict[str, Any]]:
    match ask.verb:
        case Verb.REGISTER | Verb.LOGIN:
            body = {"username": ask.person, "password": ask.password}
            return "POST", f"/{ask.verb}", body
        case Verb.PASSWORD:
            return "POST", "/password", {"current": ask.password, "new": ask.value}
    op: dict[str, Any] = {"op": ask.verb, "name": ask.name}
    op |= {"by": 1} if ask.verb is Verb.INCREMENT else {"value": ask.value}
    if ask.tag:
        op["if_match"] = ask.tag
    return "PATCH", "/session/data", {"ops": [op]}


def _understand(ask: Ask, answer: Answer) -> dict[str, Any]:
    match ask.verb:
        case Verb.INCREMENT:
            return {"result": _written.decode(answer.body).values[ask.name]}
        case Verb.APPEND:
            return {"result": len(_written.decode(answer.body).values[ask.name])}
        case Verb.VALUE:
            return {"value": _text.decode(answer.body), "tag": answer.headers.get("etag", "")}
        case Verb.READ | Verb.PEEK | Verb.LOGIN | Verb.ROTATE | Verb.PASSWORD:
            return {"body": _body(_view.decode(answer.body))}
    return {}


def _body(view: _View) -> Body:
    times = (view.created_at, view.last_seen_at, view.idle_expires_at, view.absolute_expires_at)
    stamps = Stamps(*(round(time.timestamp() * 1000) for time in times))
    return Body(view.user.username if view.user else "", view.data, view.id, stamps)

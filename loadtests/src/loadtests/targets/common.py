"""The small API that every peer speaks: docs/load-tests.md tells it."""

from dataclasses import replace
from typing import Any

import msgspec

from loadtests.record import Body, Outcome, Verb
from loadtests.targets.protocol import Ask, Reading, cookie_of, outcome_of
from loadtests.wire import Answer, Request

_JSON = {"content-type": "application/json"}
_PATHS = {
    Verb.LOGIN: ("POST", "/login"),
    Verb.READ: ("GET", "/session"),
    Verb.INCREMENT: ("POST", "/increment"),
    Verb.APPEND: ("POST", "/append"),
    Verb.LOGOUT: ("POST", "/logout"),
}


class _Answer(msgspec.Struct):
    user: str = ""
    data: dict[str, Any] = {}
    value: int | None = None
    length: int | None = None


_decoder = msgspec.json.Decoder(_Answer)


class CommonTarget:
    """Speaks to peers. They tell no deadlines: `idle_seconds` says what was configured."""

    verbs = frozenset(_PATHS)

    def __init__(self, idle_seconds: float | None) -> None:
        self.idle_seconds = idle_seconds

    def request(self, ask: Ask) -> Request:
        """See Target.request."""
        method, path = _PATHS[ask.verb]
        headers = {"cookie": ask.cookie} if ask.cookie else {}
        body: dict[str, Any] = {}
        match ask.verb:
            case Verb.LOGIN:
                body = {"username": ask.person, "password": ask.password}
            case Verb.INCREMENT:
                body = {"name": ask.name}
            case Verb.APPEND:
                body = {"name": ask.name, "value": ask.value}
        if not body:
            return Request(method, path, ask.verb, headers)
        if ask.wait_ms and ask.verb is not Verb.LOGIN:
            body["wait_ms"] = ask.wait_ms
        return Request(method, path, ask.verb, headers | _JSON, msgspec.json.encode(body))

    def read(self, ask: Ask, answer: Answer) -> Reading:
        """See Target.read."""
        outcome = outcome_of(answer)
        instance = answer.headers.get("x-served-by", "")
        reading = Reading(outcome, cookie=cookie_of(answer), instance=instance)
        if outcome is not Outcome.OK or ask.verb is Verb.LOGOUT:
            return reading
        try:
            told = _decoder.decode(answer.body)
        except msgspec.MsgspecError:
            return replace(reading, outcome=Outcome.ERROR)
        if ask.verb in (Verb.READ, Verb.LOGIN):
            # A login shows who, but not yet what.
            body = Body(told.user, told.data) if ask.verb is Verb.READ else None
            return replace(reading, body=body)
        return replace(reading, result=told.value if told.value is not None else told.length)

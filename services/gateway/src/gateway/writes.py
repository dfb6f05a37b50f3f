"""Writes of session data: PUT, PATCH and DELETE below /session/data."""

import hashlib

from gateway.answer import NO_CONTENT, Answer
from gateway.bodies import read_patch
from gateway.conditional import conditions_of
from gateway.context import context_of
from gateway.json_values import parse_json_value
from gateway.request import Request
from gateway.router import Endpoint
from gateway.sessions import NAMED, judge_unused_body
from holdfast import Client, Committed, Ended, Intent, Op, Reason, Session, Token
from holdfast.conditions import ABSENT, holds
from servicekit.client_address import counted_as
from servicekit.content import require_json
from servicekit.logs import security
from servicekit.problems import Problem
from sessionhttp.device import describe
from sessionhttp.problems import SessionOver

MOST_BODY_BYTES = 256 * 1024
_KEY_BYTES = 255
# How an anonymous session ends by itself; of one that was asked about too late nothing is known.
_TIMED_OUT = (Reason.IDLE_TIMEOUT, Reason.ABSOLUTE_TIMEOUT, Reason.UNKNOWN)


async def read_json_body(request: Request) -> bytes:
    """Return the body.

    Raises Problem unsupported-media-type, bad-request, body-too-large, ClientDisconnect.
    """
    require_json(request.method, request.headers)
    return await request.body(MOST_BODY_BYTES)


async def _begin(request: Request, intents: list[Intent]) -> tuple[Token, Session]:
    """Begin an anonymous session with its first data, if this client may have one more."""
    context = context_of(request)
    settings, address = context.settings, context.client_ip(request)
    wait_ms = await context.store.attempt(
        f"anonymous:{counted_as(address)}",
        settings.anonymous_per_client,
        settings.anonymous_seconds * 1000,
    )
    if wait_ms:
        raise Problem("too-many-attempts", headers={"retry-after": str(-(-wait_ms // 1000))})
    token = Token.anonymous()
    client = Client(address, describe(request.headers.get("user-agent", "")))
    session = await context.store.create(
        token, settings.anonymous_lifetime, client=client, intents=intents
    )
    security("session_created", session=session.id, ip=address)
    request.scope["session"] = session
    return token, session


async def _first_write(
    request: Request, intents: list[Intent], if_version: str | None
) -> tuple[Committed, str]:
    """Begin a session in which every value is absent; return its Set-Cookie, too."""
    conditions = [if_version, *(intent.if_tag for intent in intents)]
    if not all(holds(one, ABSENT) for one in conditions if one is not None):
        raise Problem("version-conflict")
    token, session = await _begin(request, intents)
    names = [intent.name for intent in intents]
    values = {name: (session.data or {}).get(name) for name in names}
    return Committed(session.version, values), context_of(request).cookies.set(token, session)


async def _write(
    request: Request,
    intents: list[Intent],
    *,
    if_version: str | None = None,
    idempotency_key: str | None = None,
    fingerprint: str = "",
) -> tuple[Committed, str | None]:
    """Commit, or begin a session and return its Set-Cookie, too.

    A session begins where there is no cookie, or that of an anonymous session that timed out.
    """
    context = context_of(request)
    token = context.cookies.read(request.cookie_field)
    if token is None:
        return await _first_write(request, intents, if_version)
    done = await context.store.commit(
        token,
        intents,
        if_version=if_version,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
        touch_ms=context.settings.touch_ms,
    )
    if not isinstance(done, Ended):
        _note(request, done)
        return done, None
    if done.reason in _TIMED_OUT and token.is_anonymous:
        return await _first_write(request, intents, if_version)
    raise SessionOver(done)


def _note(request: Request, done: Committed) -> None:
    """Keep for the request's line whose session was changed."""
    request.scope["committed"] = done


def _condition(request: Request) -> str | None:
    """Return the condition of a write. Raises Problem bad-request."""
    conditions = conditions_of(request.headers)
    return conditions.for_commit() if conditions else None


def _written(body: bytes, cookie: str | None) -> Answer:
    answer = Answer(body, 200 if cookie is None else 201)
    if cookie is not None:
        answer.add(b"set-cookie", cookie)
    return answer


async def put_value(request: Request) -> Answer:
    """PUT /session/data/{name}."""
    condition = _condition(request)
    body = await read_json_body(request)
    parse_json_value(body)
    intent = Intent(Op.SET, request.path_params["name"], body, condition)
    done, cookie = await _write(request, [intent])
    return _written(b'{"version":%d}' % done.version, cookie)


async def delete_value(request: Request) -> Answer:
    """DELETE /session/data/{name}."""
    judge_unused_body(request)
    context = context_of(request)
    token = context.token(request)
    intent = Intent(Op.DELETE, request.path_params["name"], if_tag=_condition(request))
    done = await context.store.commit(token, [intent], touch_ms=context.settings.touch_ms)
    if isinstance(done, Ended):
        raise SessionOver(done)
    _note(request, done)
    return Answer(status=NO_CONTENT, fields=())


async def patch_data(request: Request) -> Answer:
    """PATCH /session/data."""
    condition = _condition(request)
    body = await read_json_body(request)
    intents = read_patch(body)
    keys = request.headers.getlist("idempotency-key")
    if len(keys) > 1 or not all(0 < len(key) <= _KEY_BYTES for key in keys):
        raise Problem("invalid-request", "An Idempotency-Key has 1-255 characters, and is alone.")
    key = keys[0] if keys else None
    done, cookie = await _write(
        request,
        intents,
        if_version=condition,
        idempotency_key=key and hashlib.sha256(key.encode()).hexdigest(),
        fingerprint=hashlib.sha256(body).hexdigest() if key else "",
    )
    pairs = (b'"%s":%s' % (name.encode(), value or b"null") for name, value in done.values.items())
    text = b'{"version":%d,"values":{%s}}' % (done.version, b",".join(pairs))
    return _written(text, cookie)


ENDPOINTS = [
    Endpoint("PATCH", "/session/data", patch_data),
    Endpoint("PUT", NAMED, put_value),
    Endpoint("DELETE", NAMED, delete_value),
]

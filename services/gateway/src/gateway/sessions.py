"""The session API: /session and below."""

import hashlib

from gateway.answer import NO_CONTENT, NOT_MODIFIED, Answer
from gateway.bodies import read_patch
from gateway.conditional import conditions_of
from gateway.context import context_of, is_passive
from gateway.json_values import parse_json_value
from gateway.request import Request
from gateway.router import Endpoint
from holdfast import Client, Committed, Ended, Intent, Op, Session, Token
from holdfast.conditions import ABSENT, holds
from holdfast.intents import tag_of
from holdfast.token import random_bucket
from servicekit.client_address import counted_as
from servicekit.content import require_json
from servicekit.logs import security
from servicekit.problems import Problem
from sessionhttp.device import describe
from sessionhttp.problems import SessionOver
from sessionhttp.view import data_json, session_json

MOST_BODY_BYTES = 256 * 1024
_KEY_BYTES = 255


async def read_json_body(request: Request) -> bytes:
    """Return the body.

    Raises Problem unsupported-media-type, bad-request, body-too-large, ClientDisconnect.
    """
    require_json(request.method, request.headers)
    return await request.body(MOST_BODY_BYTES)


async def live_session(
    request: Request, *, with_data: bool = True, passive: bool = False
) -> Session:
    """Return the session of the request's cookie. Raises Problem no-session, session-ended.

    `passive`: do not keep it alive, even if the client did not ask for that.
    """
    context = context_of(request)
    found = await context.store.load(
        context.token(request),
        passive=passive or is_passive(request),
        with_data=with_data,
        touch_ms=context.settings.touch_ms,
    )
    if isinstance(found, Ended):
        raise SessionOver(found)
    request.scope["session"] = found
    return found


async def show(request: Request) -> Answer:
    """GET /session."""
    session = await live_session(request)
    return Answer(session_json(session, secure=context_of(request).settings.cookie_secure))


def _tagged(request: Request, body: bytes, etag: str) -> Answer:
    conditions = conditions_of(request.headers)
    if conditions and conditions.unchanged(etag):
        answer = Answer(status=NOT_MODIFIED, fields=())
    else:
        answer = Answer(body)
    answer.add(b"etag", f'"{etag}"')
    return answer


async def show_data(request: Request) -> Answer:
    """GET /session/data."""
    session = await live_session(request)
    return _tagged(request, data_json(session), str(session.version))


async def show_value(request: Request) -> Answer:
    """GET /session/data/{name}."""
    session = await live_session(request)
    value = (session.data or {}).get(request.path_params["name"])
    if value is None:
        raise Problem("no-such-data")
    return _tagged(request, value, tag_of(value))


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
    token = Token.new(random_bucket())
    client = Client(address, describe(request.headers.get("user-agent", "")))
    session = await context.store.create(
        token, settings.anonymous_lifetime, client=client, intents=intents
    )
    security("session_created", session=session.id, ip=address)
    return token, session


async def _write(
    request: Request,
    intents: list[Intent],
    *,
    if_version: str | None = None,
    idempotency_key: str | None = None,
    fingerprint: str = "",
) -> tuple[Committed, str | None]:
    """Commit, or begin a session where there is no cookie; return its Set-Cookie in that case."""
    context = context_of(request)
    token = context.cookies.read(request.cookie_field)
    if token is None:
        conditions = [if_version, *(intent.if_tag for intent in intents)]
        if not all(holds(one, ABSENT) for one in conditions if one is not None):
            raise Problem("version-conflict")
        token, session = await _begin(request, intents)
        names = [intent.name for intent in intents]
        values = {name: (session.data or {}).get(name) for name in names}
        return Committed(session.version, values), context.cookies.set(token, session)
    done = await context.store.commit(
        token,
        intents,
        if_version=if_version,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
        touch_ms=context.settings.touch_ms,
    )
    if isinstance(done, Ended):
        raise SessionOver(done)
    return done, None


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
    context_of(request).token(request)
    name = request.path_params["name"]
    await _write(request, [Intent(Op.DELETE, name, if_tag=_condition(request))])
    return Answer(status=NO_CONTENT, fields=())


async def patch_data(request: Request) -> Answer:
    """PATCH /session/data."""
    condition = _condition(request)
    body = await read_json_body(request)
    intents = read_patch(body)
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= _KEY_BYTES:
        raise Problem("invalid-request", "An Idempotency-Key has 1-255 characters.")
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


async def rotate(request: Request) -> Answer:
    """POST /session/rotate."""
    context = context_of(request)
    token = context.token(request)
    new = Token.new(token.bucket)
    done = await context.store.rotate(
        token, new, grace_ms=context.settings.rotation_grace_seconds * 1000
    )
    if isinstance(done, Ended):
        raise SessionOver(done)
    answer = Answer(session_json(done.session, secure=context.settings.cookie_secure))
    if done.installed:
        security("session_renewed", session=done.session.id, ip=context.client_ip(request))
        answer.add(b"set-cookie", context.cookies.set(new, done.session))
    return answer


NAMED = "/session/data/{name}"
ENDPOINTS = [
    Endpoint("GET", "/session", show),
    Endpoint("GET", "/session/data", show_data),
    Endpoint("PATCH", "/session/data", patch_data),
    Endpoint("GET", NAMED, show_value),
    Endpoint("PUT", NAMED, put_value),
    Endpoint("DELETE", NAMED, delete_value),
    Endpoint("POST", "/session/rotate", rotate),
]

"""The session as its owner reads and rotates it: /session and below."""

from gateway.answer import NOT_MODIFIED, Answer
from gateway.conditional import conditions_of
from gateway.context import context_of, is_passive
from gateway.request import Request
from gateway.router import Endpoint
from holdfast import Ended, Session
from holdfast.intents import tag_of
from servicekit.content import judge_unused
from servicekit.logs import security
from servicekit.problems import Problem
from sessionhttp.problems import SessionOver
from sessionhttp.view import data_json, session_json


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


def judge_unused_body(request: Request) -> None:
    """Refuse a body that a call does not read, unless it is JSON.

    Raises Problem unsupported-media-type. Without a body the type does not matter.
    """
    if request.has_body:
        judge_unused(request.headers)


async def rotate(request: Request) -> Answer:
    """POST /session/rotate."""
    judge_unused_body(request)
    context = context_of(request)
    token = context.token(request)
    new = token.renewed()
    done = await context.store.rotate(
        token, new, grace_ms=context.settings.rotation_grace_seconds * 1000
    )
    if isinstance(done, Ended):
        raise SessionOver(done)
    request.scope["session"] = done.session
    answer = Answer(session_json(done.session, secure=context.settings.cookie_secure))
    if done.installed:
        security("session_renewed", session=done.session.id, ip=context.client_ip(request))
        answer.add(b"set-cookie", context.cookies.set(new, done.session))
    return answer


NAMED = "/session/data/{name}"
ENDPOINTS = [
    Endpoint("GET", "/session", show),
    Endpoint("GET", "/session/data", show_data),
    Endpoint("GET", NAMED, show_value),
    Endpoint("POST", "/session/rotate", rotate),
]

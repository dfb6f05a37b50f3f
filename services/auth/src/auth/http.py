"""What the auth service's views share: who asks, with which cookie, in which body."""

import hmac
from typing import TypeVar

import msgspec
from flask import Response, current_app, g, request

from auth.service import Identity
from holdfast import Client, Ended, Session, Token
from holdfast.errors import MalformedToken
from holdfast.web.cookie_header import apart
from servicekit import content
from servicekit.client_address import normal_form, parse_address
from servicekit.json_pointer import locate
from servicekit.problems import Problem
from sessionhttp.cookies import CookiePolicy
from sessionhttp.device import describe
from sessionhttp.problems import SessionOver

T = TypeVar("T")
# The blueprints whose calls take forms.
_PAGES = ("pages", "account")


def identity() -> Identity:
    """Return the verbs of this application."""
    made: Identity = current_app.extensions["identity"]
    return made


def cookies() -> CookiePolicy:
    """Return the cookie's rules."""
    return CookiePolicy(identity().settings.cookie_secure)


def from_gateway() -> bool:
    """Tell whether the request carries the gateways' secret."""
    told = request.headers.get("x-holdfast-service-token", "")
    ours = identity().settings.service_token.reveal()
    return hmac.compare_digest(told.encode(), ours.encode())


def client() -> Client:
    """Return whose request this is; a forwarded address is believed from a gateway only."""
    address = request.remote_addr or ""
    if from_gateway():
        forwarded = request.headers.get("x-forwarded-for", "")
        address = address if parse_address(forwarded) is None else forwarded
    return Client(normal_form(address)[:64], describe(request.headers.get("user-agent", "")))


def who() -> dict[str, str | None]:
    """Return for a log line whose request it is; `session` is the public id."""
    session = g.get("session")
    user = session.user.name if session and session.user else None
    return {"ip": client().ip, "user": user, "session": session.id if session else None}


def cookie_field() -> bytes:
    """Return the Cookie field byte for byte: WSGI hands it on as Latin-1 (PEP 3333)."""
    return str(request.environ.get("HTTP_COOKIE", "")).encode("latin-1")


def own_token() -> Token:
    """Return the cookie's token. Raises Problem no-session, MalformedToken."""
    token = cookies().read(cookie_field())
    if token is None:
        raise Problem("no-session")
    return token


def old_token() -> Token | None:
    """Return the cookie's token, if there is one that could be."""
    try:
        return cookies().read(cookie_field())
    except MalformedToken:
        return None


def named_tokens() -> list[Token]:
    """Return each different token that the cookies name: what a sign-out or a sign-in ends.

    The gateway joins several Cookie lines by semicolons; without it WSGI may have used commas.
    """
    field = cookie_field()
    return cookies().read_all(field if from_gateway() else apart(field))


def own_session() -> Session:
    """Return the caller's signed-in session. Raises Problem no-session, session-ended."""
    found = identity().store.load(
        own_token(),
        passive=request.headers.get("x-session-passive") == "1",
        touch_ms=identity().settings.touch_ms,
    )
    if isinstance(found, Ended):
        raise SessionOver(found)
    if found.user is None:
        raise Problem("no-session", "Nobody is signed in.")
    g.session = found
    return found


def judge_body_type() -> None:
    """Refuse a body whose type no call takes. Raises Problem unsupported-media-type.

    Pages take forms, too. Without a body the type does not matter.
    """
    fields = request.headers
    has_body = request.content_length or "transfer-encoding" in fields
    if request.method in content.UNSAFE_METHODS and has_body:
        content.judge_unused(fields, also=content.FORM if request.blueprint in _PAGES else "")


def read_json(kind: type[T]) -> T:
    """Return the JSON body. Raises Problem unsupported-media-type, bad-request, invalid-request."""
    if "password" in request.args:
        raise Problem("bad-request", "A password does not belong in a URL.")
    content.require_json(request.method, request.headers)
    try:
        return msgspec.json.decode(request.get_data(cache=False), type=kind)
    except msgspec.ValidationError as error:
        detail, pointer = locate(error)
        fault = {"detail": detail, "pointer": pointer}
        raise Problem("invalid-request", detail, errors=[fault]) from None
    except (msgspec.DecodeError, RecursionError):
        raise Problem("bad-request", "The body is no JSON.") from None


def answer(body: bytes, status: int = 200) -> Response:
    """Return a JSON answer that no cache keeps."""
    return Response(body, status, {"cache-control": "no-store"}, content_type="application/json")


def answer_json(value: object, status: int = 200) -> Response:
    """Return a value as such an answer."""
    return answer(msgspec.json.encode(value), status)

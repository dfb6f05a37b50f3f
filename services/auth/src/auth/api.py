"""The identity calls, as JSON."""

import msgspec
from flask import Blueprint, Response, g, request

from auth.accounts import Account
from auth.http import (
    answer,
    answer_json,
    client,
    cookies,
    identity,
    named_tokens,
    old_token,
    own_session,
    own_token,
    read_json,
)
from auth.sign_out import sign_out
from holdfast import Reason, Session, Token
from servicekit import content
from servicekit.problems import Problem
from sessionhttp.view import session_json, timestamp

blueprint = Blueprint("api", __name__)


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a login. What is missing is as wrong as what is false."""

    username: str = ""
    password: str = ""
    remember: bool = False


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a registration."""

    username: str
    password: str


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a password change."""

    current: str
    new: str


def signed_in(token: Token, session: Session) -> Response:
    """Answer the session view with its cookie."""
    made = answer(session_json(session, secure=identity().settings.cookie_secure))
    made.headers.add("set-cookie", cookies().set(token, session))
    return made


def signed_out(made: Response) -> Response:
    """Clear the cookie on an answer."""
    made.headers.add("set-cookie", cookies().clear())
    made.headers["cache-control"] = "no-store"
    return made


def register(username: str, password: str) -> Account:
    """Make an account, where people may. Raises Problem forbidden."""
    if identity().settings.registration != "open":
        raise Problem("forbidden", "Registration is closed.")
    return identity().register(username, password)


def end_own() -> None:
    """End every session that the request's cookies name. Raises StoreError."""
    ended = sign_out(identity().store, named_tokens(), client().ip)
    if ended:
        g.session = ended[0]


def end_others(session: Session) -> int:
    """End the sessions of the user of the caller's `session` but this one; return how many."""
    assert session.user  # noqa: S101 - own_session answers signed-in sessions only
    return identity().store.end_user(session.user.id, Reason.REVOKED, keep=own_token())


def post_register() -> Response:
    """POST /register."""
    body = read_json(NewAccount)
    account = register(body.username, body.password)
    return answer_json({"username": account.username}, 201)


def post_login() -> Response:
    """POST /login."""
    body = read_json(Credentials)
    return signed_in(
        *identity().log_in(
            body.username,
            body.password,
            client(),
            remember=body.remember,
            old=old_token(),
            named=named_tokens(),
        )
    )


def post_logout() -> Response:
    """POST /logout."""
    end_own()
    made = signed_out(Response(status=204))
    made.headers["clear-site-data"] = '"cache"'
    return made


def post_password() -> Response:
    """POST /password."""
    session, body = own_session(), read_json(NewPassword)
    return signed_in(*identity().change_password(own_token(), session, body.current, body.new))


@blueprint.get("/sessions")
def list_sessions() -> Response:
    """List the caller's live sessions."""
    session = own_session()
    assert session.user  # noqa: S101 - own_session answers signed-in sessions only
    return answer_json(
        [
            {
                "id": one.id,
                "current": one.id == session.id,
                "created_at": timestamp(one.created_ms),
                "last_seen_at": timestamp(one.last_seen_ms),
                "ip": one.client.ip,
                "user_agent": one.client.device,
                "remember": one.remember,
            }
            for one in identity().store.list_user(session.user.id)
        ]
    )


@blueprint.delete("/sessions/<public_id>")
def end_session(public_id: str) -> Response:
    """End one of the caller's sessions; to end this one is to sign out."""
    session = own_session()
    assert session.user  # noqa: S101 - own_session answers signed-in sessions only
    if public_id == session.id:
        return post_logout()
    if not identity().store.end_one(session.user.id, public_id):
        raise Problem("no-such-session")
    return Response(status=204)


@blueprint.delete("/sessions")
def end_other_sessions() -> Response:
    """End all of the caller's sessions but this one."""
    return answer_json({"ended": end_others(own_session())})


def is_form() -> bool:
    """Say whether a page's form was sent. Raises Problem unsupported-media-type."""
    if content.media_type(request.headers) != content.FORM:
        return False
    content.refuse_coded(request.method, request.headers)
    return True

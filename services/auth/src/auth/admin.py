"""The admin calls: on the internal address only, with a bearer token of their own."""

import hmac

import msgspec
from flask import Blueprint, Response, request

from auth.http import answer_json, identity, read_json
from holdfast import Reason, Session
from servicekit.problems import Problem
from sessionhttp.view import timestamp

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


class Roles(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a change of roles."""

    roles: list[str]


@blueprint.before_request
def authorise() -> None:
    """Raise Problem forbidden without the admin token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    expected = identity().settings.admin_token.reveal()
    right = hmac.compare_digest(token.strip(" ").encode(), expected.encode())
    if not right or scheme.lower() != "bearer":  # RFC 9110, 11.1: in any case
        raise Problem("forbidden")


def session_row(session: Session) -> dict[str, object]:
    """Tell a session to an operator."""
    return {
        "id": session.id,
        "created_at": timestamp(session.created_ms),
        "last_seen_at": timestamp(session.last_seen_ms),
        "ip": session.client.ip,
        "user_agent": session.client.device,
        "remember": session.remember,
    }


@blueprint.get("/users/<username>")
def show_user(username: str) -> Response:
    """Show an account."""
    account = identity().accounts.named(username)
    listed = identity().store.list_user(account.id)
    return answer_json(
        {
            "username": account.username,
            "roles": account.roles,
            "disabled": account.disabled,
            "sessions": len(listed),
        }
    )


@blueprint.get("/users/<username>/sessions")
def list_sessions(username: str) -> Response:
    """List somebody's sessions."""
    account = identity().accounts.named(username)
    return answer_json([session_row(one) for one in identity().store.list_user(account.id)])


@blueprint.delete("/users/<username>/sessions")
def end_sessions(username: str) -> Response:
    """End all of somebody's sessions."""
    account = identity().accounts.named(username)
    return answer_json({"ended": identity().store.end_user(account.id, Reason.REVOKED_BY_ADMIN)})


@blueprint.delete("/sessions")
def end_everybody() -> Response:
    """End every session there is. Nothing counts them: docs/decisions/0002."""
    identity().store.end_everybody()
    return answer_json({"everybody": True})


@blueprint.post("/users/<username>/disable")
def disable(username: str) -> Response:
    """Close an account and end its sessions."""
    return answer_json({"ended": identity().set_disabled(username, disabled=True)})


@blueprint.post("/users/<username>/enable")
def enable(username: str) -> Response:
    """Open an account again."""
    identity().set_disabled(username, disabled=False)
    return answer_json({"ended": 0})


@blueprint.put("/users/<username>/roles")
def set_roles(username: str) -> Response:
    """Replace somebody's roles and end their sessions."""
    return answer_json({"ended": identity().set_roles(username, read_json(Roles).roles)})

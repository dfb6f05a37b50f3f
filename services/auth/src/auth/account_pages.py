"""The account: one's devices, the password, signing out. Its forms need no JavaScript."""

from flask import Blueprint, Response, request

from auth import csrf, words
from auth.api import (
    end_others,
    end_own,
    is_form,
    post_logout,
    post_password,
    signed_out,
)
from auth.errors import OthersMayLive, SessionGone
from auth.forms import FAULTS, Fault, fault_of
from auth.http import cookies, identity, named_tokens, own_session, own_token
from auth.render import go, show
from holdfast import Session
from servicekit.negotiation import is_navigation
from servicekit.problems import Problem
from sessionhttp.view import timestamp

blueprint = Blueprint("account", __name__)

_PASSWORD_FIELDS = {
    "bad-credentials": ("current", "This is not your current password."),
    "password-rejected": ("new", ""),
}


def _account(session: Session, fault: Fault | None = None) -> Response:
    assert session.user  # noqa: S101 - own_session answers signed-in sessions only
    listed = identity().store.list_user(session.user.id)
    listed.sort(key=lambda one: (one.id != session.id, -one.last_seen_ms))
    return show(
        "account",
        "Your account",
        fault,
        csrf=csrf.for_session(),
        me=session,
        sessions=listed,
        shortest=identity().settings.password_min_length,
        timestamp=timestamp,
        words=words,
    )


@blueprint.get("/account")
def show_account() -> Response:
    """Show the account with its devices, or lead to where one signs in."""
    try:
        return _account(own_session())
    except Problem as problem:
        unknown = problem.status == 401  # noqa: PLR2004 - the status of both problems of no session
        if unknown and is_navigation(request.method, request.headers):
            return go("/login", next="/account")
        raise


@blueprint.post("/password")
def password() -> Response:
    """Change the password, from the page or as JSON."""
    if not is_form():
        return post_password()
    session = own_session()
    try:
        csrf.check_session()
        done = identity().change_password(
            own_token(), session, request.form.get("current", ""), request.form.get("new", "")
        )
    except (SessionGone, OthersMayLive):
        raise
    except FAULTS as error:
        return _account(session, fault_of(error, _PASSWORD_FIELDS))
    made = go("/account", done="password")
    made.headers.add("set-cookie", cookies().set(*done))
    return made


@blueprint.post("/logout")
def logout() -> Response:
    """Sign out, from a page or as JSON."""
    if not is_form():
        return post_logout()
    if named_tokens():
        csrf.check_session()
    end_own()
    return signed_out(go("/login", done="signed-out"))


@blueprint.post("/account/sessions/<public_id>/end")
def end_device(public_id: str) -> Response:
    """End one of the devices listed; to end this one is to sign out."""
    session = own_session()
    csrf.check_session()
    assert session.user  # noqa: S101 - own_session answers signed-in sessions only
    if public_id == session.id:
        end_own()
        return signed_out(go("/login", done="signed-out"))
    identity().store.end_one(session.user.id, public_id)
    return go("/account", done="ended")


@blueprint.post("/account/sessions/others/end")
def end_other_devices() -> Response:
    """End all devices listed but this one."""
    session = own_session()
    csrf.check_session()
    end_others(session)
    return go("/account", done="others-ended")

"""The pages: sign in, register, account. They need no JavaScript."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, render_template, request

from auth import csrf
from auth.api import (
    end_own,
    is_form,
    post_login,
    post_logout,
    post_password,
    post_register,
    register,
    signed_out,
)
from auth.errors import AuthError
from auth.http import client, cookies, identity, old_token, own_session, own_token
from auth.problems import of_error
from holdfast import Ended
from servicekit.problems import Problem
from sessionhttp.problems import SessionOver
from sessionhttp.view import timestamp

blueprint = Blueprint("pages", __name__)

POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def next_path() -> str:
    """Return where to go after signing in: a path of our own, else the account."""
    path = request.values.get("next", "")
    parts = urlsplit(path)
    odd = any(not " " < character < "\x7f" or character == "\\" for character in path)
    if parts.scheme or parts.netloc or odd or not path.startswith("/") or path.startswith("//"):
        return "/account"
    return path if "%2f" not in path.lower() and "%5c" not in path.lower() else "/account"


def page(name: str, status: int = 200, **values: object) -> Response:
    """Render a page with the fields that every page carries."""
    text = render_template(f"{name}.html", csrf=csrf.field(), next=next_path(), **values)
    made = Response(text, status, content_type="text/html; charset=utf-8")
    made.headers["content-security-policy"] = POLICY
    made.headers["cache-control"] = "no-store"
    if "form_cookie" in g:
        made.set_cookie(
            csrf.PRE_SESSION_COOKIE,
            g.form_cookie,
            secure=identity().settings.cookie_secure,
            httponly=True,
            samesite="Lax",
        )
    return made


def _go(path: str) -> Response:
    return Response(status=303, headers={"location": path, "cache-control": "no-store"})


@blueprint.get("/")
def home() -> Response:
    """Lead to the account, or to where one signs in."""
    return _go("/account" if old_token() else "/login")


@blueprint.get("/login")
def show_login() -> Response:
    """Show the sign-in page."""
    return page("login")


@blueprint.get("/register")
def show_register() -> Response:
    """Show the registration page."""
    return page("register", open=identity().settings.registration == "open")


def _account(status: int = 200, problem: Problem | None = None) -> Response:
    session = own_session()
    assert session.user  # noqa: S101 - own_session answers signed-in sessions only
    listed = identity().store.list_user(session.user.id)
    return page(
        "account", status, me=session, sessions=listed, timestamp=timestamp, problem=problem
    )


@blueprint.get("/account")
def show_account() -> Response:
    """Show the account with its devices, or lead to where one signs in."""
    try:
        return _account()
    except Problem as problem:
        if problem.status == 401:  # noqa: PLR2004 - the status of both problems of no session
            return _go("/login?next=/account")
        raise


@blueprint.post("/login")
def login() -> Response:
    """Sign in, from the page or as JSON."""
    if not is_form():
        return post_login()
    csrf.check()
    username = request.form.get("username", "")
    try:
        token, session = identity().log_in(
            username,
            request.form.get("password", ""),
            client(),
            remember="remember" in request.form,
            old=old_token(),
        )
    except AuthError as error:
        problem = of_error(error)
        made = page("login", problem.status, problem=problem, username=username)
        made.headers.extend(problem.headers())
        return made
    made = _go(next_path())
    made.headers.add("set-cookie", cookies().set(token, session))
    return made


@blueprint.post("/register")
def create_account() -> Response:
    """Register, from the page or as JSON."""
    if not is_form():
        return post_register()
    csrf.check()
    username = request.form.get("username", "")
    try:
        register(username, request.form.get("password", ""))
    except AuthError as error:
        problem = of_error(error)
        return page("register", problem.status, open=True, problem=problem, username=username)
    return _go("/login")


@blueprint.post("/password")
def password() -> Response:
    """Change the password, from the page or as JSON."""
    if not is_form():
        return post_password()
    csrf.check()
    session = own_session()
    try:
        done = identity().change_password(
            own_token(), session, request.form.get("current", ""), request.form.get("new", "")
        )
    except AuthError as error:
        problem = of_error(error)
        return _account(problem.status, problem)
    if isinstance(done, Ended):
        raise SessionOver(done)
    made = _go("/account")
    made.headers.add("set-cookie", cookies().set(*done))
    return made


@blueprint.post("/logout")
def logout() -> Response:
    """Sign out, from a page or as JSON."""
    if not is_form():
        return post_logout()
    if old_token():
        csrf.check()
    end_own()
    return signed_out(_go("/login"))


@blueprint.post("/account/sessions/<public_id>/end")
def end_device(public_id: str) -> Response:
    """End one of the devices listed."""
    csrf.check()
    session = own_session()
    assert session.user  # noqa: S101 - own_session answers signed-in sessions only
    identity().store.end_one(session.user.id, public_id)
    return _go("/account")

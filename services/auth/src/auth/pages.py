"""The pages of who is not signed in: sign in, register. They need no JavaScript."""

from flask import Blueprint, Response, request

from auth import csrf
from auth.api import is_form, post_login, post_register, register
from auth.form_submission import new_nonce, submission
from auth.forms import FAULTS, Fault, fault_of
from auth.http import client, cookies, identity, named_tokens, old_token
from auth.render import go, next_path, show
from holdfast import Ended, Session
from holdfast.errors import StoreError
from sessionhttp.problems import IN_WORDS

blueprint = Blueprint("pages", __name__)

_LOGIN_FIELDS = {"bad-credentials": ("password", "Wrong user name or password.")}
_REGISTER_FIELDS = {
    "invalid-request": ("username", ""),
    "username-taken": (
        "username",
        "This name is taken, or looks like a taken one. Choose another.",
    ),
    "password-rejected": ("password", ""),
}


@blueprint.get("/")
def home() -> Response:
    """Lead to the account, or to where one signs in."""
    return go("/account" if old_token() else "/login")


def _login(
    fault: Fault | None = None,
    notice: str | None = None,
    *,
    username: str = "",
    remember: bool = False,
) -> Response:
    return show(
        "login",
        "Sign in",
        fault,
        notice,
        csrf=csrf.for_visitors(),
        nonce=new_nonce(),
        registration=identity().settings.registration == "open",
        username=username,
        remember=remember,
    )


def _register(fault: Fault | None = None, username: str = "") -> Response:
    settings = identity().settings
    return show(
        "register",
        "Register",
        fault,
        csrf=csrf.for_visitors(),
        open=settings.registration == "open",
        shortest=settings.password_min_length,
        username=username,
    )


def _caller() -> Session | Ended | None:
    """Return what the cookie opens. Signing in is shown without the store, too."""
    token = old_token()
    try:
        return identity().store.load(token, passive=True) if token else None
    except StoreError:
        return None


@blueprint.get("/login")
def show_login() -> Response:
    """Show the sign-in page, telling whoever was signed in why that is over."""
    found = _caller()
    if isinstance(found, Session) and found.user:
        return go(next_path())
    return _login(notice=IN_WORDS.get(found.reason) if isinstance(found, Ended) else None)


@blueprint.get("/register")
def show_register() -> Response:
    """Show the registration page."""
    return _register()


@blueprint.post("/login")
def login() -> Response:
    """Sign in, from the page or as JSON."""
    if not is_form():
        return post_login()
    username, remember = request.form.get("username", ""), "remember" in request.form
    try:
        csrf.check_visitor()
        token, session = identity().log_in(
            username,
            request.form.get("password", ""),
            client(),
            remember=remember,
            old=old_token(),
            named=named_tokens(),
            submission=submission(),
        )
    except FAULTS as error:
        fault = fault_of(error, _LOGIN_FIELDS)
        return _login(fault, username=username, remember=remember)
    made = go(next_path())
    made.headers.add("set-cookie", cookies().set(token, session))
    return made


@blueprint.post("/register")
def create_account() -> Response:
    """Register, from the page or as JSON."""
    if not is_form():
        return post_register()
    username = request.form.get("username", "")
    try:
        csrf.check_visitor()
        register(username, request.form.get("password", ""))
    except FAULTS as error:
        return _register(fault_of(error, _REGISTER_FIELDS), username)
    return go("/login", done="registered", next=next_path())

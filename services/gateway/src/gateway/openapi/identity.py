"""The identity calls and the pages, which the gateway hands to the auth service."""

from dataclasses import replace

from servicekit.openapi import FORM, HTML, JSON, Answer, Operation, Schema, ref

_SIGNED_IN = Answer(
    "Signed in.", {JSON: ref("SessionView")}, {"Set-Cookie": "The cookie of the session."}
)
_GO = Answer("To a form: done, go there.", headers={"Location": "The next page."})
_PAGE = Answer("The page.", {HTML: {"type": "string"}})
_OWN = ("no-session", "session-ended", "session-store-unavailable", "auth-unavailable")
_BODY = (
    "forbidden",
    "body-too-large",
    "unsupported-media-type",
    "invalid-request",
    "token-invalid",
)
_ENDING = (
    "no-session",
    "session-ended",
    "forbidden",
    "unsupported-media-type",
    "token-invalid",
    "session-store-unavailable",
)
_AWAY = ("session-store-unavailable", "accounts-unavailable", "auth-unavailable")


def _form(name: str) -> dict[str, Schema]:
    return {JSON: ref(name), FORM: ref("Form")}


_CALLS = [
    Operation(
        "POST",
        "/register",
        "Make an account",
        "Identity",
        {201: Answer("Made; nobody is signed in.", {JSON: ref("Registered")}), 303: _GO},
        (*_BODY, "username-taken", "password-rejected", "accounts-unavailable", "auth-unavailable"),
        _form("NewAccount"),
    ),
    Operation(
        "POST",
        "/login",
        "Sign in",
        "Identity",
        {200: _SIGNED_IN, 303: _GO},
        (
            *_BODY,
            "bad-credentials",
            "too-many-sessions",
            "too-many-attempts",
            *_AWAY,
            "session-store-full",
        ),
        _form("Credentials"),
    ),
    Operation(
        "POST",
        "/logout",
        "Sign out",
        "Identity",
        {204: Answer("Nobody is signed in.", headers={"Set-Cookie": "Clears it."}), 303: _GO},
        (
            "forbidden",
            "body-too-large",
            "unsupported-media-type",
            "token-invalid",
            "session-store-unavailable",
            "auth-unavailable",
        ),
    ),
    Operation(
        "POST",
        "/password",
        "Change the password and end all other sessions",
        "Identity",
        {200: _SIGNED_IN, 303: _GO},
        (
            "no-session",
            "session-ended",
            *_BODY,
            "bad-credentials",
            "password-rejected",
            "too-many-attempts",
            *_AWAY,
        ),
        _form("NewPassword"),
    ),
    Operation(
        "GET",
        "/sessions",
        "List one's own sessions",
        "Identity",
        {200: Answer("They.", {JSON: {"type": "array", "items": ref("Device")}})},
        _OWN,
    ),
    Operation(
        "DELETE",
        "/sessions",
        "End all of one's other sessions",
        "Identity",
        {200: Answer("Ended.", {JSON: ref("Ended")})},
        (*_OWN, "unsupported-media-type"),
    ),
    Operation(
        "DELETE",
        "/sessions/{id}",
        "End one of one's own sessions",
        "Identity",
        {204: Answer("Ended.")},
        (*_OWN, "unsupported-media-type", "no-such-session"),
    ),
]

_PAGES = [
    Operation("GET", "/", "Go to the account, or to where one signs in", "Pages", {303: _GO}),
    Operation("GET", "/login", "The page to sign in", "Pages", {200: _PAGE}),
    Operation("GET", "/register", "The page to register", "Pages", {200: _PAGE}),
    Operation(
        "GET",
        "/account",
        "The account and its devices",
        "Pages",
        {200: _PAGE, 303: _GO},
        ("no-session", "session-ended", "session-store-unavailable"),
    ),
    Operation(
        "POST",
        "/account/sessions/{id}/end",
        "End a device from the account page",
        "Pages",
        {303: _GO},
        _ENDING,
        {FORM: ref("Form")},
    ),
    Operation(
        "POST",
        "/account/sessions/others/end",
        "End all other devices from the account page",
        "Pages",
        {303: _GO},
        _ENDING,
        {FORM: ref("Form")},
    ),
    Operation(
        "GET",
        "/account/static/{filename}",
        "What the pages load",
        "Pages",
        {200: Answer("It.", {"*/*": {"type": "string"}})},
        ("no-route",),
    ),
]


def _through_auth(operation: Operation) -> Operation:
    """Every one of these can meet an auth service that is away."""
    problems = dict.fromkeys([*operation.problems, "auth-unavailable"])
    return replace(operation, problems=tuple(problems))


IDENTITY = [_through_auth(one) for one in (*_CALLS, *_PAGES)]

"""The session calls, which the gateway answers itself."""

from dataclasses import replace

from gateway.openapi.conditions import CONDITIONS, ETAG, UNCHANGED
from gateway.openapi.schemas import ANY
from servicekit.openapi import JSON, Answer, Operation, Parameter, ref

_OVER = ("no-session", "session-ended")
_AWAY = ("session-store-unavailable",)
_WRITE = (
    "session-ended",
    "version-conflict",
    "session-too-large",
    "body-too-large",
    "unsupported-media-type",
    "invalid-request",
    "too-many-attempts",
    "session-store-unavailable",
    "session-store-full",
)
_BEGAN = (
    "A session began with it: there was no cookie, or that of an anonymous session that timed out. "
    "Send a first write alone: two at once begin two sessions, and the browser keeps one cookie."
)
_COOKIE = {"Set-Cookie": "The cookie of the session."}


PASSIVE = Parameter(
    "X-Session-Passive", "header", "`1`: answer, but do not keep the session alive."
)
_KEY = Parameter(
    "Idempotency-Key",
    "header",
    "The same key within 10 minutes gets the first answer again and changes nothing.",
    {"type": "string", "minLength": 1, "maxLength": 255},
)
_FORWARD_AUTH = Parameter(
    "Sec-Forward-Auth",
    "header",
    "`cookie`: the answer has a field Cookie, the client's cookies without the gateway's own, for "
    "the service behind. No script can set a field of this name.",
)
_VERIFY = (
    Parameter("role", "query", "Ask for this role, too."),
    Parameter("audience", "query", "The service that the assertion is for."),
    Parameter("login", "query", "`redirect`: send browsers that navigate to the sign-in page."),
    PASSIVE,
    _FORWARD_AUTH,
)

_WHO = {
    "X-Auth-User": "The user name as percent-encoded UTF-8 (RFC 3986, 2.1): letters and digits of "
    "ASCII, space and `-._~:/?#[]@!$&'()*+,;=` stay, all else is encoded. Decode it once; `+` is a "
    "plus.",
    "X-Auth-Roles": "The roles, by comma.",
    "X-Auth-Session": "The session's public id.",
}
_VERIFIED = {
    204: Answer("Somebody is signed in.", headers=_WHO),
    302: Answer("A browser may sign in there.", headers={"Location": "The sign-in page."}),
}


def _read(path: str, summary: str, answer: Answer, *more: str) -> Operation:
    """Describe a GET; one with an ETag takes conditions."""
    operation = Operation(
        "GET",
        path,
        summary,
        "Session",
        {200: answer},
        (*_OVER, *_AWAY, *more),
        parameters=(PASSIVE,),
    )
    if "ETag" not in answer.headers:
        return operation
    return replace(
        operation,
        answers={200: answer, 304: UNCHANGED},
        problems=(*operation.problems, "version-conflict"),
        parameters=(PASSIVE, *CONDITIONS),
    )


SESSION = [
    _read("/session", "Show the session", Answer("It.", {JSON: ref("SessionView")})),
    _read(
        "/session/data",
        "Show all data",
        Answer("It. The ETag is the session's version.", {JSON: ref("Data")}, ETAG),
    ),
    Operation(
        "PATCH",
        "/session/data",
        "Apply several intents, all or nothing",
        "Session",
        {
            200: Answer("Applied.", {JSON: ref("Patched")}),
            201: Answer(f"Applied. {_BEGAN}", {JSON: ref("Patched")}, _COOKIE),
        },
        (*_WRITE, "wrong-kind", "idempotency-key-reused"),
        {JSON: ref("Patch")},
        (*CONDITIONS, _KEY),
    ),
    _read(
        "/session/data/{name}",
        "Show one value",
        Answer("It, byte for byte as it was written.", {JSON: ANY}, ETAG),
        "no-such-data",
    ),
    Operation(
        "PUT",
        "/session/data/{name}",
        "Set one value",
        "Session",
        {
            200: Answer("Set.", {JSON: ref("Version")}),
            201: Answer(f"Set. {_BEGAN}", {JSON: ref("Version")}, _COOKIE),
        },
        _WRITE,
        {JSON: ANY},
        CONDITIONS,
    ),
    Operation(
        "DELETE",
        "/session/data/{name}",
        "Delete one value",
        "Session",
        {204: Answer("It is not there.")},
        (*_OVER, *_AWAY, "unsupported-media-type", "invalid-request", "version-conflict"),
        parameters=CONDITIONS,
    ),
    Operation(
        "POST",
        "/session/rotate",
        "Give the session a new cookie",
        "Session",
        {200: Answer("The session.", {JSON: ref("SessionView")}, _COOKIE)},
        (*_OVER, *_AWAY, "unsupported-media-type", "session-store-full", "too-many-attempts"),
    ),
    *(
        Operation(
            method,
            "/auth/verify",
            "Tell a proxy who is asking (forward-auth)",
            "Session",
            _VERIFIED,
            (*_OVER, *_AWAY, "forbidden"),
            parameters=_VERIFY,
        )
        for method in ("GET", "HEAD")
    ),
    Operation(
        "GET",
        "/auth/verify/{path}",
        "The same for Envoy, which puts the path it asks about behind ours; with any method",
        "Session",
        {200: Answer("Somebody is signed in.", headers=_WHO)},
        (*_OVER, *_AWAY),
        parameters=(PASSIVE, _FORWARD_AUTH),
    ),
    Operation(
        "GET",
        "/.well-known/jwks.json",
        "The keys that verify assertions (RFC 7517)",
        "Session",
        {200: Answer("They.", {JSON: {"type": "object", "required": ["keys"]}})},
    ),
]

"""Flask's session interface on the rules of holdfast.web."""

from typing import cast

import flask
from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from holdfast.errors import HoldfastError
from holdfast.model import Client
from holdfast.store import SessionStore
from holdfast.web.cookie_header import apart, values_of
from holdfast.web.policy import Policy
from holdfast.web.session import SessionDict
from holdfast.web.steps import drive
from holdfast.web.visit import Visit


class FlaskSession(SessionDict, SessionMixin):  # type: ignore[override]  # `new` is told, not set.
    """What `flask.session` is. The session is loaded when it is first looked at."""

    def __init__(self, visit: Visit, store: SessionStore) -> None:
        super().__init__(visit.state, lambda: drive(visit.start(), store))
        self.visit = visit


session: FlaskSession = cast("FlaskSession", flask.session)
"""`flask.session` with the type that knows `increment`, `append`, `rotate`, `bind_user`."""


class HoldfastInterface(SessionInterface):
    """Opens a session for each request, and commits what changed before the answer leaves."""

    def __init__(self, store: SessionStore, policy: Policy) -> None:
        self.store, self._policy = store, policy

    def open_session(self, app: Flask, request: Request) -> FlaskSession:
        """Give the session of this request; nothing is asked of the store yet."""
        # WSGI hands a field on as Latin-1 (PEP 3333). Several arrive joined by commas, as one that
        # opens nothing: a proxy that speaks HTTP/2 has to join them by semicolons. A log-out ends
        # what they name all the same.
        field = request.environ.get("HTTP_COOKIE", "").encode("latin-1")
        name, client = self.get_cookie_name(app), Client(request.remote_addr or "")
        named = values_of(name, apart(field))
        visit = Visit(self._policy, values_of(name, field), client, named)
        return FlaskSession(visit, self.store)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Commit. A refusal or an outage takes the answer's place: nothing is lost silently."""
        assert isinstance(session, FlaskSession)  # noqa: S101 - open_session made it
        try:
            drive(session.visit.finish(), self.store)
        except HoldfastError as error:
            _become(response, app.make_response(app.handle_user_exception(error)))
        if session.accessed:
            response.vary.add("Cookie")
        self._send_cookie(app, session.visit, response)

    def _send_cookie(self, app: Flask, visit: Visit, response: Response) -> None:
        if visit.cookie is None:
            return
        response.set_cookie(
            self.get_cookie_name(app),
            visit.cookie.token,
            max_age=visit.cookie.max_age_s if visit.cookie.token else 0,
            domain=self.get_cookie_domain(app),
            path=self.get_cookie_path(app),
            secure=self.get_cookie_secure(app),
            httponly=self.get_cookie_httponly(app),
            samesite=self.get_cookie_samesite(app) or "Lax",
            partitioned=self.get_cookie_partitioned(app),
        )
        response.cache_control.clear()
        response.cache_control.no_store = True  # No cache may hand this token to somebody else.

    def regenerate(self, session: FlaskSession) -> None:
        """Change the token at the end of this request: the name that Flask-Session has for it."""
        session.rotate()


def _become(response: Response, other: Response) -> None:
    """Make `response`, of which nothing was sent yet, the other one."""
    close = getattr(response.response, "close", None)
    if close is not None:
        close()
    response.direct_passthrough = False
    response.status, response.headers = other.status, other.headers
    response.response = other.response

"""What an application calls once."""

from flask import Flask, Response

from holdfast.errors import HoldfastError
from holdfast.flask.config import policy_of, store_of
from holdfast.flask.interface import HoldfastInterface, session
from holdfast.flask.values import codec_of
from holdfast.store import SessionStore
from holdfast.web.answers import ANSWERED, answer_of


class Session:
    """Gives a Flask application its sessions: `Session(app)`, or `Session().init_app(app)`.

    `store` replaces the one that the configuration names. `behind_gateway`: the application stands
    behind the Holdfast gateway (a route with `forward_session = true`) and shares its session;
    SESSION_COOKIE_NAME, SESSION_REDIS, SESSION_KEY_PREFIX and HOLDFAST_PEPPER are the gateway's.
    Raises ConfigError.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        store: SessionStore | None = None,
        behind_gateway: bool = False,
    ) -> None:
        self._store, self._behind_gateway = store, behind_gateway
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Take over `app`'s sessions. Raises ConfigError."""
        policy = policy_of(app.config, codec_of(app), behind_gateway=self._behind_gateway)
        store = self._store or store_of(app.config)
        app.session_interface = HoldfastInterface(store, policy)
        handlers = app.error_handler_spec[None][None]
        for kind in ANSWERED:  # An application's own answer stays.
            handlers.setdefault(kind, _answer)


def _answer(error: HoldfastError) -> Response:
    session.visit.abandon()  # The answer says that nothing was changed.
    status, headers, text = answer_of(error)
    return Response(text, status, headers)

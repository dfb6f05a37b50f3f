"""Every peer there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from peers.environment import Environment
from peers.node_environment import NodeEnvironment
from peers.python_environment import PythonEnvironment

# Threads, since gunicorn's default worker answers one request a connection and closes it.
_GUNICORN = (
    *("gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "{workers}"),
    *("--worker-class", "gthread", "--threads", "16", "--no-control-socket"),
)
_UVICORN = ("uvicorn", "--port", "{port}", "--workers", "{workers}", "--no-access-log")

EXPRESS = NodeEnvironment("express")
FLASK = PythonEnvironment("flask_session")
DJANGO = PythonEnvironment("django_sessions")
STARLETTE = PythonEnvironment("starlette_cookie")
ENVIRONMENTS: tuple[Environment, ...] = (EXPRESS, FLASK, DJANGO, STARLETTE)


@dataclass(frozen=True)
class Peer:
    """A session stack: what it is called, and how an instance of it is started.

    `serve` may hold `{port}` and `{workers}`; `prepare` runs once before the first instance.
    `packages` are those whose versions say what was compared.
    """

    name: str
    environment: Environment
    serve: tuple[str, ...]
    packages: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    prepare: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name it with its versions, for a table's reader."""
        return ", ".join(f"{name} {self.environment.version(name)}" for name in self.packages)


def _django(name: str, engine: str, prepare: tuple[str, ...] = ()) -> Peer:
    backend = f"django.contrib.sessions.backends.{engine}"
    settings = {"DJANGO_SETTINGS_MODULE": "settings", "SESSION_ENGINE": backend}
    serve = (*_GUNICORN, "wsgi")
    return Peer(name, DJANGO, serve, ("django", "redis", "gunicorn"), settings, prepare)


PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer(
            "express-session",
            EXPRESS,
            ("server.js",),
            ("express", "express-session", "connect-redis", "redis"),
        ),
        Peer(
            "flask-session",
            FLASK,
            (*_GUNICORN, "app:app"),
            ("flask", "flask-session", "redis", "gunicorn"),
        ),
        _django("django-cache", "cache"),
        _django("django-cached-db", "cached_db", ("django", "migrate", "--verbosity=0")),
        Peer(
            "starlette-cookie",
            STARLETTE,
            (*_UVICORN, "app:app"),
            ("starlette", "itsdangerous", "uvicorn"),
        ),
    )
}

"""Flask's sessions on Holdfast: `Session(app)`, and `flask.session` works as usual.

docs/flask.md tells what changes for an application that used another server-side session.
"""

from holdfast.flask.config import ConfigError
from holdfast.flask.extension import Session
from holdfast.flask.interface import FlaskSession, HoldfastInterface, session

__all__ = ["ConfigError", "FlaskSession", "HoldfastInterface", "Session", "session"]

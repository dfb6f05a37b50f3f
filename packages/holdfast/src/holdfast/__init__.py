"""Sessions that hold on every instance, and logouts that stick."""

from holdfast.errors import HoldfastError
from holdfast.intents import Intent, Op
from holdfast.keys import Keys
from holdfast.model import (
    Client,
    Committed,
    Ended,
    Lifetime,
    LimitPolicy,
    Limits,
    Reason,
    Rotated,
    Session,
    User,
)
from holdfast.store import SessionStore
from holdfast.token import Token

__version__ = "0.1.0"
"""The version of everything in this repository: each part's pyproject.toml reads it here."""

__all__ = [
    "Client",
    "Committed",
    "Ended",
    "HoldfastError",
    "Intent",
    "Keys",
    "Lifetime",
    "LimitPolicy",
    "Limits",
    "Op",
    "Reason",
    "Rotated",
    "Session",
    "SessionStore",
    "Token",
    "User",
]

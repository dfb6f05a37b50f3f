"""Signing out: every session that a request names ends, or the answer is not a success."""

from collections.abc import Sequence
from contextlib import suppress

from holdfast import Session, Token
from holdfast.errors import StoreError
from holdfast.redis_store import RedisStore
from holdfast.web.replaced import log_out
from holdfast.web.steps import drive
from servicekit.logs import security


def sign_out(store: RedisStore, tokens: Sequence[Token], ip: str) -> list[Session]:
    """End the sessions of all these tokens, and return those that were alive.

    Raises StoreError if one of them may live on; the others are ended nevertheless.
    """
    living = list[Session]()
    for token in tokens:
        # Read for the log alone. Where that fails, so does what follows.
        with suppress(StoreError):
            found = store.load(token, passive=True, with_data=False)
            living += [found] if isinstance(found, Session) else []
    drive(log_out(tokens), store)
    for session in living:
        user = session.user.name if session.user else None
        security("session_logout", ip=ip, user=user, session=session.id)
    return living

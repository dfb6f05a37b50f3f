"""What becomes of the sessions that a request's cookies name: at a log-out, and at a sign-in.

A browser may send several under the session cookie's name: another host or path can add one.
"""

from collections.abc import Iterable
from contextlib import suppress

from holdfast.errors import NotConfirmed, StoreError
from holdfast.model import Ended, Reason
from holdfast.token import Token
from holdfast.web.steps import Step, Steps


def _ending(token: Token, reason: Reason) -> Step:
    return lambda store: store.end(token, reason)


def log_out(tokens: Iterable[Token]) -> Steps[None]:
    """End all these sessions. Raises StoreError if one may live on; the others are ended."""
    fault: StoreError | None = None
    for token in tokens:
        try:
            yield _ending(token, Reason.LOGGED_OUT)
        except StoreError as error:
            fault = error
    if fault:
        raise fault


def carry_over(token: Token | None) -> Steps[dict[str, bytes]]:
    """End the anonymous session that a token opens, and return its data for the one to begin.

    What a signed-in user's session holds is not carried over.
    """
    if token is None:
        return {}
    taken = yield lambda store: store.take(token)
    return {} if isinstance(taken, Ended) else taken


def end_replaced(tokens: Iterable[Token]) -> Steps[None]:
    """End what a session that has begun replaces. Raises StoreError, but not NotConfirmed.

    The person did not ask for a log-out, so a replica that is away must not prevent a sign-in.
    """
    for token in tokens:
        with suppress(NotConfirmed):
            yield _ending(token, Reason.ROTATED)

"""The driver's errors, translated at the door. Nothing outside the Redis adapters sees one."""

import random
import re

import redis.exceptions as driver

from holdfast.errors import StoreDenied, StoreError, StoreFull, StoreRejected, StoreUnavailable

TRANSLATED = (driver.RedisError, driver.RedisClusterException, OSError, TimeoutError)

# Answers by which a server says that it serves nobody, or no writer. Before Redis 7 a script's
# error hides the code inside a sentence, and one of a cluster has none.
_OUT_OF_SERVICE = re.compile(
    r"\b(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|MISCONF|NOREPLICAS|BUSY|TRYAGAIN)\b"
    r"|while the cluster is down"
)
_PAUSE_S = (0.01, 0.03)


def translate(error: Exception) -> StoreError:
    """Return our error for one of the driver's, or for a deadline that passed."""
    text = str(error)
    if isinstance(error, driver.OutOfMemoryError) or "OOM command not allowed" in text:
        return StoreFull("the store has no memory left")
    denied = _why_denied(error, text)
    if denied:
        return StoreDenied(denied)
    if isinstance(error, driver.MovedError):  # a cluster's own client follows these
        return StoreRejected(f"the URL names one node of a cluster; others have the slot: {text}")
    if _is_about_one_call(error):
        return StoreRejected(text)
    code = _OUT_OF_SERVICE.search(text) if type(error) is driver.ResponseError else None
    return StoreUnavailable(code[0] if code else type(error).__name__)


def _why_denied(error: Exception, text: str) -> str | None:
    # A cluster's client tells of its nodes' reasons so.
    if any(isinstance(one, driver.AuthenticationError) for one in (error, error.__cause__)):
        return "it refuses the user or the password"
    if "Protocol error: unauthenticated" in text:  # what NOAUTH is for a command of many words
        return "it refuses the user or the password"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its certificate is not trusted"
    if text.startswith("DENIED "):
        return "it runs in protected mode, for its own machine alone"
    return None


def _is_about_one_call(error: Exception) -> bool:
    outage = (driver.ReadOnlyError, driver.ClusterDownError, driver.TryAgainError)
    if isinstance(error, outage) or not isinstance(error, driver.ResponseError):
        return False
    return not _OUT_OF_SERVICE.search(str(error))


def pause_before_retry(error: driver.ConnectionError, *, repeatable: bool) -> float | None:
    """Return how many seconds to wait before a lost call is sent once more, or None: never.

    What was never sent may be sent again, whatever it is: after a moment, and not all callers at
    the same. What may have been applied is sent again only if twice does no harm.
    """
    if isinstance(error, driver.AuthenticationError | driver.BusyLoadingError):
        return None
    if isinstance(error, driver.MaxConnectionsError) or "connecting to" in str(error):
        return random.uniform(*_PAUSE_S)  # noqa: S311 - spreads callers, guards nothing
    return 0.0 if repeatable else None

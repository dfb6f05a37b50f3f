"""The driver's errors, translated at the door. Nothing outside the Redis adapters sees one."""

import redis.exceptions as driver

from holdfast.errors import StoreError, StoreFull, StoreUnavailable


def translate(error: Exception) -> StoreError:
    """Return our error for one of the driver's, or for a deadline that passed."""
    if isinstance(error, driver.OutOfMemoryError) or "OOM command not allowed" in str(error):
        return StoreFull("the store has no memory left")
    return StoreUnavailable(type(error).__name__)


TRANSLATED = (driver.RedisError, OSError, TimeoutError)

"""When somebody who found no place may come again."""

import random

_MOST_SECONDS = 5


def scattered_seconds() -> int:
    """Return 1 to 5 seconds: not all at the same second again, who were refused at the same one."""
    return random.randint(1, _MOST_SECONDS)  # noqa: S311 - no secret

"""Free ports of this machine."""

import random
import socket
from collections.abc import Collection

# Below the range from which systems lend ports to outgoing connections (Linux: 32768 up),
# else a client of ours could sit on a port between its choice and its use.
LOWEST, HIGHEST = 15000, 30000
_TRIES = 1000


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def free_ports(count: int, apart_from: Collection[int] = ()) -> range:
    """Return neighbouring TCP ports that nobody listens on. Raises OSError when there are none."""
    for _ in range(_TRIES):
        first = random.randrange(LOWEST, HIGHEST - count)  # noqa: S311 - no secret
        ports = range(first, first + count)
        if not set(ports) & set(apart_from) and all(map(is_free, ports)):
            return ports
    raise OSError(f"no {count} free ports from {LOWEST} to {HIGHEST}")

"""A session library as most are: it reads and writes whole sessions."""

import time

from holdfast.conformance import WholeSessions

NETWORK_SECONDS = 0.001


class Sessions:
    """Sessions in a dictionary, with the pause that a network makes."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, dict[str, str]]] = {}

    def read(self, session_id: str) -> dict[str, str] | None:
        time.sleep(NETWORK_SECONDS)
        expires, session = self._kept.get(session_id, (0.0, {}))
        return dict(session) if time.time() < expires else None

    def write(self, session_id: str, session: dict[str, str], ttl_ms: int) -> None:
        time.sleep(NETWORK_SECONDS)
        self._kept[session_id] = (time.time() + ttl_ms / 1000, dict(session))

    def delete(self, session_id: str) -> None:
        time.sleep(NETWORK_SECONDS)
        self._kept.pop(session_id, None)


def make() -> WholeSessions:
    return WholeSessions(Sessions())

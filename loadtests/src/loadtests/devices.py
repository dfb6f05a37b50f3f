"""What a person holds: an account, and browsers with the cookies in them."""

import secrets
from dataclasses import dataclass, field

from loadtests.record import Body
from loadtests.targets.protocol import PASSWORD
from loadtests.wire import now_us


@dataclass(slots=True)
class Account:
    """Somebody's name and password; `open` once it is registered."""

    name: str
    password: str = PASSWORD
    open: bool = False


def new_person(kind: str) -> str:
    """Return a name that nobody else has."""
    return f"{kind}-{secrets.token_hex(5)}"


@dataclass(slots=True)
class Device:
    """A browser: the cookie it holds, and which session of the history that is."""

    session: int
    cookie: str = ""
    body: Body | None = None
    """What it was shown last."""
    acknowledged: dict[str, int] = field(default_factory=dict)
    began: int = 0
    """When the request that began the session was sent, in microseconds."""
    unsure: int = 0
    """How long that request took: the session began some time within it."""

    def copy(self) -> "Device":
        """Return somebody who holds the same cookie: a second tab, or a thief."""
        return Device(self.session, self.cookie, self.body, began=self.began)

    def seconds_left(self) -> float:
        """Return how long the session surely lives if nobody asks for it any more."""
        stamps = self.body.stamps if self.body else None
        if stamps is None:
            return 0.0
        told_us = (stamps.idle_expires_ms - stamps.created_ms) * 1000
        return (self.began + told_us - now_us()) / 1e6

    def name(self, of: str) -> str:
        """Return a data name of this session's own: some systems carry data over at a login."""
        return f"{of}-{self.session}"

    def shows_all(self, body: Body) -> bool:
        """Tell whether everything acknowledged to this browser is in a body."""

        def size(name: str) -> int:
            value = body.data.get(name, 0)
            return len(value) if isinstance(value, list) else int(value)

        return all(size(name) >= count for name, count in self.acknowledged.items())

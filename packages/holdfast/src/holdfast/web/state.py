"""What is known of one request's session, and what the request asked for."""

from holdfast.errors import HoldfastError  # noqa: TC001 - one way to import, typed or not
from holdfast.intents import Intent
from holdfast.model import Reason, Session, User
from holdfast.web.policy import Policy
from holdfast.web.value import Value

PERMANENT = "_permanent"
"""The name under which Flask keeps `permanent`; by itself it begins no session."""


class State:
    """Shared by the rules (Visit) and the dictionary that the application holds (SessionDict).

    `fault`: the store could not be asked. `over`: log out. `rotating`: new token. `bound`: sign
    this user in, under this epoch.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.record: Session | None = None
        self.ended: Reason | None = None
        self.fault: HoldfastError | None = None
        self.closed = self.over = self.rotating = False
        self.bound: tuple[User, str | None] | None = None
        self.values: dict[str, Value] = {}

    def show(self, record: Session | None, ended: Reason | None = None) -> None:
        """Be the session that the store answered, or a new one."""
        self.record, self.ended, self.values = record, ended, {}
        for name, text in ((record and record.data) or {}).items():
            self._add(name, text)

    def value(self, name: str) -> Value:
        """Return the value of a name, which may be none yet."""
        return self.values[name] if name in self.values else self._add(name)

    @property
    def permanent(self) -> bool:
        """Whether the cookie outlives the browser."""
        value = self.values.get(PERMANENT)
        return bool(value.get()) if value and value.exists() else self.policy.permanent

    def _add(self, name: str, text: bytes | None = None) -> Value:
        policy = self.policy
        self.values[name] = Value(name, text, policy.codec, bag=name in policy.bags)
        return self.values[name]

    def close(self) -> list[Intent]:
        """Take no more writes, and tell what changed."""
        self.closed = True
        return [intent for value in self.values.values() for intent in value.intents()]

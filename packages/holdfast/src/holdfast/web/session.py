"""The session as an application sees it: a dictionary that knows what to commit."""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from holdfast.intents import Op
from holdfast.model import Reason, User
from holdfast.web.state import PERMANENT, State
from holdfast.web.value import GONE


class SessionDict(MutableMapping[str, Any]):
    """The data of this browser's session.

    Values are what JSON knows, and come back as such. Changes, nested ones too, are committed when
    the response begins, name by name, and only while the session is alive. A value that was read
    and then replaced conflicts (VersionConflict) when another request changed it in between;
    `increment`, `append` and `overwrite` never do, nor does a list that only grew.
    `accessed`: somebody looked. `open_` is called before each look.
    """

    accessed = False

    def __init__(self, state: State, open_: Callable[[], None]) -> None:
        self._state, self._open = state, open_

    def _look(self) -> State:
        self.accessed = True
        self._open()
        if self._state.fault:
            raise self._state.fault
        return self._state

    def _write(self) -> State:
        state = self._look()
        if state.closed:
            raise RuntimeError("the response has begun: the session takes no more writes")
        return state

    def _own(self, what: str) -> State:
        state = self._write()
        if state.policy.behind_gateway:
            raise RuntimeError(f"behind the gateway, {what} is the gateway's")
        return state

    @property
    def id(self) -> str | None:
        """The public id of the stored session: it opens nothing. None before the first write."""
        record = self._look().record
        return record.id if record else None

    @property
    def new(self) -> bool:
        """Whether there is no stored session yet."""
        return self.id is None

    @property
    def user(self) -> User | None:
        """Who is signed in, where `bind_user` or the gateway signed somebody in."""
        state = self._look()
        if state.bound:
            return state.bound[0]
        return state.record.user if state.record else None

    @property
    def ended(self) -> Reason | None:
        """Why the session that the browser's cookie named is over; None where none is."""
        return self._look().ended

    @property
    def permanent(self) -> bool:
        """Whether the cookie outlives the browser."""
        return self._look().permanent

    @permanent.setter
    def permanent(self, value: bool) -> None:
        if bool(value) != self.permanent:
            self._own("the cookie's age").value(PERMANENT).apply(Op.SET, bool(value))

    @property
    def modified(self) -> bool:
        """Whether something is to be committed. Setting it is never needed, and does nothing."""
        return any(value.intents() for value in self._state.values.values())

    @modified.setter
    def modified(self, _: bool) -> None: ...

    def __getitem__(self, name: str) -> Any:
        found = self._look().value(name).get()
        if found is GONE:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._look().value(name).get() is not GONE

    def __setitem__(self, name: str, value: Any) -> None:
        self._write().value(name).set(value)

    def __delitem__(self, name: str) -> None:
        value = self._write().value(name)
        if not value.exists():
            raise KeyError(name)
        value.delete()

    def __iter__(self) -> Iterator[str]:
        values = self._look().values
        return iter([name for name, value in values.items() if value.exists()])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # Data does not belong into logs.

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return the value; where there is none, set and return `default`.

        An empty list grows by appends: `session.setdefault("cart", []).append(sku)` loses nothing.
        """
        if name not in self and default == [] and isinstance(default, list):
            self._write().value(name).offer(default)
        return super().setdefault(name, default)

    def clear(self) -> None:
        """Log out: end this session. What is written after it begins another, with another token.

        Behind the gateway, which alone logs out, it deletes all data.
        """
        state = self._write()
        if state.policy.behind_gateway:
            self._delete_all()
            return
        state.over, state.bound, state.rotating = True, None, False
        state.show(None)

    def _delete_all(self) -> None:
        for value in map(self._state.value, list(self)):
            value.delete()

    def overwrite(self, name: str, value: Any) -> None:
        """Set a value whatever another request wrote in between: the last one wins."""
        self._write().value(name).apply(Op.SET, value)

    def increment(self, name: str, by: int = 1) -> None:
        """Add to an integer, which is 0 where there is none. Every increment counts once."""
        self._write().value(name).apply(Op.INCREMENT, by)

    def append(self, name: str, value: Any) -> None:
        """Append to a list, which is empty where there is none. Nothing appended is lost."""
        self._write().value(name).apply(Op.APPEND, value)

    def rotate(self) -> None:
        """Change the token, keep the session: for a login or another change of privilege (G6)."""
        self._own("the token").rotating = True

    def bind_user(self, user: User, *, epoch: str | None = None) -> None:
        """Sign a user in: a new session in the user's list, with the data of the anonymous one.

        Give the `epoch` that the store told before the password was checked: if all of the user's
        sessions are ended in between, this one does not begin (EpochChanged).
        """
        self._own("signing in").bound = (user, epoch)

"""One name of a session's data in one request: what was loaded, and what the request made of it."""

from typing import Any

from holdfast.changes import CHANGES, OtherKindError, elements
from holdfast.conditions import ABSENT
from holdfast.errors import WrongKind
from holdfast.intents import Intent, Op, tag_of
from holdfast.web.codec import Codec

_UNREAD: Any = object()
GONE: Any = object()
"""What `get` answers where there is no value."""


class Value:
    """Notices every change, nested ones too, and tells it as intents.

    A value that was looked at and then replaced is set on the condition that it is still the one
    that was looked at: `n += 1` conflicts rather than lose another request's. A list that was
    handed out and only grew is sent as appends, which never conflict. `bag` names a list whose
    elements come and go one by one whatever the program does with it, as flashed messages do.
    """

    def __init__(self, name: str, base: bytes | None, codec: Codec, *, bag: bool = False) -> None:
        self._name, self._base, self._codec, self._bag = name, base, codec, bag
        self._text = base  # the value after self._intents
        self._intents: list[Intent] = []
        self._held: Any = _UNREAD
        self._seen = self._replaced = False

    def _dumps(self, value: Any) -> bytes:
        return self._codec.dumps(value, self._name)

    def exists(self) -> bool:
        """Tell whether there is a value, without looking at it."""
        return (self._text is not None) if self._held is _UNREAD else self._held is not GONE

    def get(self) -> Any:
        """Hand the value out, or GONE. The same object every time: its changes are noticed."""
        self._seen = True
        if self._held is _UNREAD:
            self._held = GONE if self._text is None else self._codec.loads(self._text)
        return self._held

    def set(self, value: Any) -> None:
        """Replace the value. Raises UnsupportedValue, InvalidIntent."""
        Intent(Op.SET, self._name, self._dumps(value))
        self._replaced = self._replaced or value is not self._held
        self._held = value

    def offer(self, empty: list[Any]) -> None:
        """Hold an empty list where there is no value: what it grows by is appended."""
        Intent(Op.SET, self._name, self._dumps(empty))
        self._held = empty

    def delete(self) -> None:
        """Take the value away."""
        self._held = GONE

    def apply(self, op: Op, value: Any) -> None:
        """Apply a change that needs no look at the value. Raises WrongKind, InvalidIntent."""
        self._settle()
        intent = Intent(op, self._name, self._dumps(value))
        try:
            self._text = CHANGES[op](self._text, intent.value)
        except OtherKindError:
            raise WrongKind(self._name) from None
        self._intents.append(intent)
        self._held = _UNREAD

    def intents(self) -> list[Intent]:
        """Tell what changed."""
        self._settle()
        return self._intents

    def _settle(self) -> None:
        """Turn what became of the object into intents."""
        if self._held is _UNREAD:
            return
        text = None if self._held is GONE else self._dumps(self._held)
        if text != self._text and text != self._as_we_write(self._text):
            one_by_one = self._one_by_one()
            if one_by_one is None:
                self._intents = self._whole(text)
            else:
                self._intents += one_by_one
            self._text = text
        self._replaced = False

    def _as_we_write(self, text: bytes | None) -> bytes | None:
        return None if text is None else self._dumps(self._codec.loads(text))

    def _whole(self, text: bytes | None) -> list[Intent]:
        condition = ABSENT if self._base is None else tag_of(self._base)
        if_tag = condition if self._seen else None
        if text is not None:
            return [Intent(Op.SET, self._name, text, if_tag)]
        return [] if self._base is None else [Intent(Op.DELETE, self._name, if_tag=if_tag)]

    def _one_by_one(self) -> list[Intent] | None:
        """Tell the change as changes of single elements, or None where it is none of that kind."""
        if self._replaced and not self._bag:
            return None
        before = [] if self._text is None else self._codec.loads(self._text)
        after = [] if self._bag and self._held is GONE else self._held
        if not isinstance(before, list) or not isinstance(after, list):
            return None
        kept = len(before)
        if self._text is None and not after:
            return None
        if len(after) >= kept and self._dumps(after[:kept]) == self._dumps(before):
            dumps = self._dumps
            return [Intent(Op.APPEND, self._name, dumps(one)) for one in after[kept:]]
        if self._bag and not after and self._text:
            return [Intent(Op.REMOVE, self._name, one) for one in elements(self._text)]
        return None

"""Values as JSON texts."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Codec:
    """How a session's values become JSON texts and come back.

    `pack` and `unpack` teach it more than JSON knows: `pack` sees a whole value before it is
    written, `unpack` each object that was read.
    """

    pack: Callable[[Any], Any] = _same
    unpack: Callable[[dict[str, Any]], Any] | None = None

    def dumps(self, value: Any) -> bytes:
        """Write a value, always alike. Raises TypeError, ValueError on what would not come back.

        Python's own writer turns the key 1 into "1"; the next request would look for 1 in vain.
        """
        refuse_odd_keys(value)
        text = json.dumps(
            self.pack(value), ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        return text.encode()

    def loads(self, text: bytes) -> Any:
        """Read a value."""
        return json.loads(text, object_hook=self.unpack)


def refuse_odd_keys(value: Any) -> None:
    """Raise TypeError for a dictionary's key that is no text, however deep it lies."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a session keeps dictionaries with text keys only, not {key!r}")
            refuse_odd_keys(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            refuse_odd_keys(inner)

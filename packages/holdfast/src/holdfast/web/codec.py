"""Values as JSON texts."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class UnsupportedValue(TypeError, ValueError):
    """A value that would not come back; the message names where in the session it was put."""


def refuse_odd_keys(value: Any) -> Any:
    """Return a value. Raises TypeError for a key that is not a text, however deep it is.

    Python's own writer turns the key 1 into "1"; the next request would look for 1 in vain.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a session keeps dictionaries with text keys only, not {key!r}")
            refuse_odd_keys(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            refuse_odd_keys(inner)
    return value


@dataclass(frozen=True, slots=True)
class Codec:
    """How a session's values become JSON texts and come back.

    `pack`, `unpack` and `default` teach it more than JSON knows: `pack` sees a whole value before
    it is written, `default` each part that JSON has no form for, `unpack` each object that was
    read.
    """

    pack: Callable[[Any], Any] = refuse_odd_keys
    unpack: Callable[[dict[str, Any]], Any] | None = None
    default: Callable[[Any], Any] | None = None

    def dumps(self, value: Any, name: str) -> bytes:
        """Write the value of a name, always alike. Raises UnsupportedValue."""
        try:
            text = json.dumps(
                self.pack(value),
                ensure_ascii=False,
                allow_nan=False,
                separators=(",", ":"),
                default=self.default,
            )
            return text.encode()
        except RecursionError:
            raise UnsupportedValue(f"session[{name!r}]: nested too deep, or in itself") from None
        except (TypeError, ValueError, OverflowError) as error:
            raise UnsupportedValue(f"session[{name!r}]: {error}") from error

    def loads(self, text: bytes) -> Any:
        """Read a value."""
        return json.loads(text, object_hook=self.unpack)

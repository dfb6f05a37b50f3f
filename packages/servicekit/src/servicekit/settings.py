"""Settings from the environment, read once into a frozen typed struct."""

import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from servicekit.secret import Secret

T = TypeVar("T", bound=msgspec.Struct)

SECRET_LENGTH = 16
_ALIKE = 0.85
# A short one only as a word of its own: one random token in twelve thousand has "todo" or "xxxx"
# somewhere, and would be refused for good.
_PLACEHOLDER = re.compile(
    r"change[-_]?me|placeholder|example|x{8}|(?<![a-z0-9])(todo|x{4,})(?![a-z0-9])", re.IGNORECASE
)


class SettingsError(Exception):
    """Settings are missing, malformed or placeholders; `faults` has a line for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def read(cls: type[T], env: Mapping[str, str], prefix: str = "HOLDFAST_") -> T:
    """Make a `cls` of the variables `PREFIX_FIELD`, and `PREFIX_FIELD_FILE` for secrets.

    Raises SettingsError with every fault at once. No fault shows a secret.
    """
    hints = get_type_hints(cls, include_extras=True)
    values: dict[str, Any] = {}
    faults: list[str] = []
    for field in msgspec.structs.fields(cls):
        variable = prefix + field.name.upper()
        try:
            text = text_of(env, variable)
            if text is None:
                if field.required:
                    faults.append(f"{variable} is missing")
                continue
            values[field.name] = _value(text, hints[field.name])
        except ValueError as error:
            faults.append(f"{variable} {error}")
    if faults:
        raise SettingsError(faults)
    try:
        return cls(**values)
    except ValueError as error:  # of a __post_init__, which sees more than one type can say
        raise SettingsError([str(error)]) from None


def read_or_exit(cls: type[T], env: Mapping[str, str], prefix: str = "HOLDFAST_") -> T:
    """Read settings, or end the process with a line for each fault and status 2.

    Warn in one line of each variable that seems to be a setting mistyped.
    """
    for name, meant in mistyped(cls, env, prefix).items():
        line = f"warning: {name} is no setting: did you mean {meant}?"
        print(line, file=sys.stderr)  # noqa: T201 - told before logs exist
    try:
        return read(cls, env, prefix)
    except SettingsError as error:
        print("\n".join(error.faults), file=sys.stderr)  # noqa: T201 - told before logs exist
        raise SystemExit(2) from None


def mistyped(
    cls: type[msgspec.Struct], env: Mapping[str, str], prefix: str = "HOLDFAST_"
) -> dict[str, str]:
    """Find variables that are nearly a setting of `cls`; return what each was meant to be.

    Others stay unmentioned: services, deployment and whoever else share one environment.
    """
    names = [field.name.upper() for field in msgspec.structs.fields(cls)]
    known = {*names, *(f"{name}_FILE" for name in names)}
    given = {name.removeprefix(prefix) for name in env if name.startswith(prefix)}
    found = {name: get_close_matches(name, known, 1, _ALIKE) for name in sorted(given - known)}
    return {prefix + name: prefix + meant[0] for name, meant in found.items() if meant}


def text_of(env: Mapping[str, str], variable: str) -> str | None:
    """Return a setting as it was given, inline or as a file; None: absent. Raises ValueError."""
    inline, file = env.get(variable, ""), env.get(f"{variable}_FILE", "")
    if inline and file:
        raise ValueError("is set twice, also as a file")
    if not file:
        return inline or None
    try:
        # An empty file is no value: a mount can stand for a secret that may be absent.
        return Path(file).read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError("names a file that cannot be read") from error


def _value(text: str, kind: Any) -> Any:
    if kind in (Secret, Secret | None):
        return _secret(text)
    try:
        given, one = _parts(text, kind)
        if hasattr(one, "parse"):
            return tuple(map(one.parse, given)) if isinstance(given, list) else one.parse(given)
        return msgspec.convert(given, kind, strict=False)
    except ValueError as error:  # msgspec's own, too
        # A URL may have a password in it.
        got = "" if "@" in text else f" (got {text!r})"
        raise ValueError(f"is malformed: {error}{got}") from None


def _parts(text: str, kind: Any) -> tuple[str | list[str], Any]:
    """Return the parts of a list, or one text alone, with the type that each has.

    Raises ValueError for an empty part: of a list of hosts that are served, only a comma may have
    been left, and an empty list means something else.
    """
    whole = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(whole) is not tuple:
        return text, whole
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise ValueError("a part of the list is empty")
    return parts, get_args(whole)[0]


def _secret(text: str) -> Secret:
    if len(text) < SECRET_LENGTH:
        raise ValueError(f"is too short for a secret: at least {SECRET_LENGTH} characters")
    if len(set(text)) == 1 or _PLACEHOLDER.search(text):
        raise ValueError("is a placeholder, no secret")
    return Secret(text)

"""The route table: which prefix leads to which service, and who may enter."""

import re
import tomllib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec

from gateway.base_url import judge_base_url

_SIZE = re.compile(r"([0-9]+) ?(B|KiB|MiB|GiB)")
_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
# No request has such a segment (gateway.target), so such a prefix would never be reached.
_DOTS = re.compile(r"/\.{1,2}(?=/|\Z)")
# What a text of a route has to look like, for the reader of the file and for us.
_FORMS = {
    "prefix": ("a path like /shop", re.compile(r"(/[A-Za-z0-9._~-]+)+")),
    "access": (
        "public, session or role:<name>",
        re.compile(r"public|session|role:[A-Za-z0-9_.-]+"),
    ),
    "max_body": ("a size like 10 MiB", _SIZE),
}


class RouteFileError(Exception):
    """The route file cannot be used; the message is one line that says why."""


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One prefix. `access`: public, session or role:<name>; `max_body` like "10 MiB".

    Raises ValueError for what no single type can tell.
    """

    prefix: str
    upstream: str | list[str]
    access: str = "session"
    strip_prefix: bool = False
    passive: bool = False
    forward_session: bool = False
    max_body: str = "10 MiB"
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30

    def __post_init__(self) -> None:
        for name, (words, form) in _FORMS.items():
            text = getattr(self, name)
            if not form.fullmatch(text) or _DOTS.search(text):
                raise ValueError(f"{name} {text!r} is not {words}")
        if not self.upstreams:
            raise ValueError("upstream has no URL")
        for url in self.upstreams:
            try:
                judge_base_url(url)
            except ValueError as error:
                raise ValueError(f"upstream {error}") from None
            if self.upstreams.count(url) > 1:
                raise ValueError(f"upstream {url!r} is listed twice")

    @cached_property
    def max_body_bytes(self) -> int:
        """Tell `max_body` in bytes."""
        match = _SIZE.fullmatch(self.max_body)
        return int(match[1]) * _UNITS[match[2]] if match else 0

    @cached_property
    def upstreams(self) -> list[str]:
        """List the base URLs, without a slash at their end."""
        urls = [self.upstream] if isinstance(self.upstream, str) else self.upstream
        return [url.rstrip("/") for url in urls]

    @cached_property
    def template(self) -> str:
        """Return what stands for its paths in logs and metrics."""
        return f"{self.prefix}/*"

    def covers(self, path: str) -> bool:
        """Tell whether the path is the prefix or below it."""
        size = len(self.prefix)
        return path.startswith(self.prefix) and path[size : size + 1] in ("", "/")


class RouteTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """All routes; the longest prefix wins."""

    routes: list[Route] = []

    def match(self, path: str) -> Route | None:
        """Return the route of an encoded path."""
        for route in self._longest_first:
            if route.covers(path):
                return route
        return None

    @cached_property
    def _longest_first(self) -> list[Route]:
        return sorted(self.routes, key=lambda route: len(route.prefix), reverse=True)


def load_routes(path: str | None, reserved: Iterable[str] = ()) -> RouteTable:
    """Read a route file. `reserved`: paths that never reach a route. Raises RouteFileError."""
    if path is None:
        return RouteTable()
    try:
        table = msgspec.convert(tomllib.loads(Path(path).read_text("utf-8")), RouteTable)
    except OSError as error:
        raise RouteFileError(f"{path}: {error.strerror}") from None
    except RecursionError:
        raise RouteFileError(f"{path}: nested too deeply") from None
    except (ValueError, msgspec.ValidationError) as error:
        raise RouteFileError(f"{path}: {error}") from None
    prefixes = [route.prefix for route in table.routes]
    doubled = {prefix for prefix in prefixes if prefixes.count(prefix) > 1}
    if doubled:
        raise RouteFileError(f"{path}: prefix {min(doubled)} stands twice")
    for route in table.routes:
        if any(route.prefix == one or route.prefix.startswith(one + "/") for one in reserved):
            raise RouteFileError(
                f"{path}: prefix {route.prefix} is the gateway's own, and would never be reached"
            )
    return table

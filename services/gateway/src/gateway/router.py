"""Which endpoint answers a path of ours. The path is the judged one, still encoded."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import ASGIApp

from gateway.request import Request
from servicekit.problems import Problem

Handler = Callable[[Request], Awaitable[ASGIApp]]
Methods = dict[str, "Endpoint"]
_BELOW = "/**"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path.

    A path may end in one parameter, as `/session/data/{name}`, or in `/**`: everything below.
    """

    method: str
    path: str
    handler: Handler


class Router:
    """Finds endpoints without looking at each: by path, or by what precedes the last segment."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._whole: dict[str, Methods] = {}
        self._parents: dict[str, Methods] = {}
        self._trees: dict[str, Methods] = {}
        for one in endpoints:
            methods = self._methods_of(one.path)
            methods[one.method] = one
            if one.method == "GET":
                methods["HEAD"] = one

    def _methods_of(self, path: str) -> Methods:
        parent, _, last = path.rpartition("/")
        if path.endswith(_BELOW):
            return self._trees.setdefault(parent + "/", {})
        if last.startswith("{"):
            return self._parents.setdefault(parent, {})
        return self._whole.setdefault(path, {})

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """Return the endpoint and its parameter, or None.

        Raises Problem method-not-allowed, bad-request.
        """
        methods, parameters = self._whole.get(path), {}
        if methods is None:
            parent, _, last = path.rpartition("/")
            if last and parent in self._parents:
                methods, parameters = self._parents[parent], {"name": _decoded(last)}
            else:
                trees = (found for tree, found in self._trees.items() if path.startswith(tree))
                methods = next(trees, None)
        if methods is None:
            return None
        if method not in methods:
            raise Problem("method-not-allowed", headers={"allow": ", ".join(sorted(methods))})
        return methods[method], parameters


def _decoded(segment: str) -> str:
    """Return a parameter, decoded once, after it was found. Raises Problem bad-request."""
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise Problem("bad-request", "The path is not UTF-8.") from None

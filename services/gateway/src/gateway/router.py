"""Which endpoint answers a path of ours. The path is the judged one, still encoded."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from servicekit.problems import Problem

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path; a path may end in one parameter, as `/session/data/{name}`."""

    method: str
    path: str
    handler: Handler


class Router:
    """Finds endpoints without looking at each: by path, or by what precedes the last segment."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._methods: dict[str, dict[str, Endpoint]] = {}
        for one in endpoints:
            methods = self._methods.setdefault(_shape(one.path), {})
            methods[one.method] = one
            if one.method == "GET":
                methods["HEAD"] = one

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """Return the endpoint and its parameter, or None. Raises Problem method-not-allowed."""
        methods, parameters = self._methods.get(path), {}
        if methods is None:
            parent, _, last = path.rpartition("/")
            methods = self._methods.get(parent + "/{}")
            parameters = {"name": unquote(last)}
        if methods is None or (parameters and not parameters["name"]):
            return None
        if method not in methods:
            raise Problem("method-not-allowed", headers={"allow": ", ".join(sorted(methods))})
        return methods[method], parameters


def _shape(path: str) -> str:
    parent, _, last = path.rpartition("/")
    return f"{parent}/{{}}" if last.startswith("{") else path

"""Which endpoint answers a path of ours."""

import pytest
from starlette.responses import Response

from gateway.request import Request
from gateway.router import Endpoint, Router
from servicekit.problems import Problem


async def handler(_: Request) -> Response:
    return Response()


ROUTER = Router(
    [
        Endpoint("GET", "/session", handler),
        Endpoint("GET", "/session/data", handler),
        Endpoint("GET", "/session/data/{name}", handler),
        Endpoint("PUT", "/session/data/{name}", handler),
        Endpoint("POST", "/auth/verify/**", handler),
    ]
)


def found(method: str, path: str) -> tuple[str, str | None] | None:
    match = ROUTER.find(method, path)
    return (match[0].path, match[1].get("name")) if match else None


def test_a_path_is_found_whole_or_with_its_last_segment_as_the_parameter() -> None:
    assert found("GET", "/session") == ("/session", None)
    assert found("GET", "/session/data") == ("/session/data", None)
    assert found("PUT", "/session/data/a") == ("/session/data/{name}", "a")
    assert found("GET", "/session/data/a%2Db") == ("/session/data/{name}", "a-b")


def test_a_tree_takes_everything_below_it() -> None:
    assert found("POST", "/auth/verify/a/b") == ("/auth/verify/**", None)
    assert found("POST", "/auth/verify/") == ("/auth/verify/**", None)
    assert found("POST", "/auth/verify") is None


@pytest.mark.parametrize(
    "path",
    ["/", "/session/", "/session/data/", "/session/data/a/b", "/sessio%6e", "/SESSION", "/x"],
)
def test_other_paths_are_not_ours(path: str) -> None:
    assert found("GET", path) is None


def test_head_goes_with_get_and_other_methods_are_refused_with_the_list() -> None:
    assert found("HEAD", "/session") == ("/session", None)
    with pytest.raises(Problem) as refused:
        ROUTER.find("DELETE", "/session/data/a")
    assert refused.value.headers()["allow"] == "GET, HEAD, PUT"

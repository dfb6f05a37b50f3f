"""What /auth/verify answers to the questions of each proxy."""

from collections.abc import Iterator

import pytest
from support.people import Person

from devstack.stack import Stack

NAVIGATES = {"sec-fetch-mode": "navigate"}
ASKED = {"x-forwarded-uri": "/app?a=1"}
LOGIN = "/auth/verify?login=redirect"


@pytest.fixture
def person(stack: Stack) -> Iterator[Person]:
    made = Person(*stack.urls).register()
    made.log_in()
    yield made
    made.close()


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Person]:
    made = Person(*stack.urls)
    yield made
    made.close()


def test_PRX_25_a_yes_carries_identity_and_nothing_else(person: Person) -> None:
    for method in ("GET", "HEAD"):
        answer = person.call(method, "/auth/verify")
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["x-auth-user"] == person.name
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/auth/verify", "/auth/verify/app"])
def test_a_script_reads_no_cookie_in_an_answer(person: Person, path: str) -> None:
    """Only a request with a field that no script can set gets the other cookies (Fetch, 2.2.2)."""
    cookies = {"cookie": f"secret=1; holdfast={person.cookie}; b=2"}
    plain = person.get(path, headers=cookies)
    asked = person.get(path, headers=cookies | {"sec-forward-auth": "cookie"})

    assert "secret" not in str(plain.headers)
    assert asked.headers["cookie"] == "secret=1; b=2"
    assert asked.headers["cache-control"] == "no-store"


def test_the_answer_says_when_no_cookie_is_left(person: Person) -> None:
    """With an empty field; to Envoy, which would send that on, by the field that removes one."""
    asks = {"sec-forward-auth": "cookie"}
    assert person.get("/auth/verify", headers=asks).headers["cookie"] == ""
    envoy = person.get("/auth/verify/app", headers=asks).headers
    assert envoy["x-envoy-auth-headers-to-remove"] == "cookie"
    assert "cookie" not in envoy


def test_PRX_25_a_no_tells_why(person: Person, visitor: Person) -> None:
    assert visitor.get("/auth/verify").json()["type"] == "/problems/no-session"
    assert person.get("/auth/verify?role=boss").status_code == 403
    assert person.post("/auth/verify", {}).status_code == 405


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (NAVIGATES, 302),
        ({"accept": "text/html,*/*;q=0.8"}, 302),
        ({"accept": "text/html", "sec-fetch-mode": "cors"}, 401),
        ({"accept": "application/json"}, 401),
        ({}, 401),
        ({**NAVIGATES, "x-forwarded-method": "POST"}, 401),
        ({**NAVIGATES, "x-forwarded-method": "HEAD"}, 302),
    ],
)
def test_only_a_browser_that_navigates_is_redirected(
    visitor: Person, headers: dict[str, str], status: int
) -> None:
    assert visitor.get(LOGIN, headers=headers).status_code == status
    assert visitor.get("/auth/verify", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("/app?a=1&b=%20", "/login?next=/app%3Fa%3D1%26b%3D%2520"),
        ("//evil.test", "/login?next=/"),
        ("https://evil.test/", "/login?next=/"),
        ("/\\evil.test", "/login?next=/%5Cevil.test"),
        ("/a\tb", "/login?next=/a%09b"),
    ],
)
def test_the_redirect_leads_to_no_other_site(visitor: Person, uri: str, place: str) -> None:
    answer = visitor.get(LOGIN, headers={**NAVIGATES, "x-forwarded-uri": uri})
    assert answer.headers["location"] == place


def test_Envoy_asks_with_its_own_method_and_path(person: Person, visitor: Person) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = person.call(method, "/auth/verify/app/x?role=boss&login=redirect")
        assert (answer.status_code, answer.headers["x-auth-user"]) == (200, person.name)
        assert visitor.call(method, "/auth/verify/app/x", headers=NAVIGATES).status_code == 401
    evil = {"origin": "https://evil.test"}
    assert person.call("POST", "/auth/verify/app/x", headers=evil).status_code == 403


def test_the_method_that_a_proxy_tells_is_judged_like_ones_own(person: Person) -> None:
    told = {"x-forwarded-method": "POST", "origin": "https://evil.test"}
    assert person.get("/auth/verify", headers=told).status_code == 403

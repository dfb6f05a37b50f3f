"""What holds for every page: its fields, its tokens, and who is led to sign in."""

import re
from collections.abc import Iterator

import httpx
import pytest
from e2e.conftest import started
from e2e.test_pages import field, send
from support.people import PASSWORD, Person

from servicekit.problem_types import TYPES

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
PAGES = ("/login", "/register", "/account", "/nothing", "/session/data/x", "/problems", "/boss")


@pytest.mark.parametrize("path", PAGES)
def test_HDR_02_03_04_05_07_every_page_has_its_fields(person: Person, path: str) -> None:
    person.log_in()
    answer = person.another().get(path, headers={"accept": HTML}) if path == "/login" else None
    answer = answer or person.get(path, headers={"accept": HTML})

    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert (policy["frame-ancestors"], policy["form-action"]) == ("'none'", "'self'")
    assert not any("unsafe" in value for value in policy.values())
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "<html lang=" in answer.text
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text


def test_SES_15_the_account_has_a_visible_sign_out(person: Person) -> None:
    person.log_in()

    assert '<form method="post" action="/logout">' in person.get("/account").text


@pytest.mark.parametrize(
    ("path", "name", "purpose"),
    [
        ("/login", "password", "current-password"),
        ("/register", "password", "new-password"),
        ("/account", "current", "current-password"),
        ("/account", "new", "new-password"),
    ],
)
def test_PWD_13_password_managers_find_their_fields(
    person: Person, path: str, name: str, purpose: str
) -> None:
    if path == "/account":
        person.log_in()
    page = person.get(path, headers={"accept": HTML}).text
    (entry,) = [tag for tag in re.findall(r"<input [^>]*>", page) if f'name="{name}"' in tag]

    assert 'type="password"' in entry
    assert f'autocomplete="{purpose}"' in entry
    assert 'autocomplete="username"' in page
    assert "onpaste" not in page
    assert "maxlength" not in entry


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a gateway whose people come over TLS, and have accounts already."""
    folder = tmp_path_factory.mktemp("secure")
    settings = {"HOLDFAST_COOKIE_SECURE": "true", "HOLDFAST_REGISTRATION": "closed"}
    with started(folder, **settings) as stack:
        yield stack.urls[0]


@pytest.mark.parametrize("path", ["/login", "/nothing", "/session", "/healthz", "/../x"])
def test_HDR_01_over_TLS_every_answer_asks_for_TLS(secure: str, path: str) -> None:
    answer = httpx.get(secure + path)

    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


def test_over_TLS_the_cookie_of_the_forms_belongs_to_this_host_alone(secure: str) -> None:
    cookie = httpx.get(f"{secure}/login").headers["set-cookie"]

    assert cookie.startswith("__Host-holdfast-form=")
    assert "; Path=/; Secure; HttpOnly; SameSite=Lax" in cookie


def test_where_registration_is_closed_nobody_is_sent_there(secure: str) -> None:
    assert "Nobody can register" in httpx.get(f"{secure}/register").text
    assert "/register" not in httpx.get(f"{secure}/login").text


NAVIGATION = {"accept": HTML, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", NAVIGATION, 303),
        ("HEAD", NAVIGATION, 303),
        ("GET", {"accept": HTML}, 303),
        ("GET", {"accept": "*/*"}, 401),
        ("GET", {"accept": "application/json"}, 401),
        ("GET", NAVIGATION | {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, 401),
        ("GET", NAVIGATION | {"sec-fetch-dest": "iframe"}, 401),
        ("GET", NAVIGATION | {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, 401),
        ("POST", NAVIGATION, 401),
        ("DELETE", NAVIGATION, 401),
    ],
)
def test_AUT_13_only_a_navigation_is_led_to_sign_in(
    visitor: Person, method: str, headers: dict[str, str], status: int
) -> None:
    """A route of the gateway and auth's own page agree; the account takes no other method."""
    leads = {"/echo/a?b=c%2Fd": "/echo/a%3Fb%3Dc%252Fd"}
    if method in ("GET", "HEAD"):
        leads["/account"] = "/account"
    for path, back in leads.items():
        answer = visitor.call(method, path, headers=headers)

        assert answer.status_code == status
        if status == 303:
            assert answer.headers["location"] == f"/login?next={back}"
        else:
            assert answer.headers["www-authenticate"] == "Session"
            html = answer.headers["content-type"].startswith("text/html")
            assert html == (headers["accept"] == HTML)


def test_the_api_of_sessions_never_redirects(visitor: Person) -> None:
    for path in ("/session", "/auth/verify", "/sessions"):
        assert visitor.get(path, headers=NAVIGATION).status_code == 401


def test_CSR_04_a_token_is_good_for_its_own_session_alone(person: Person) -> None:
    person.log_in()
    first = field(person.get("/account"))
    other = person.another()
    other.log_in()

    form = {"csrf": first, "current": PASSWORD, "new": "anemone anemone boat"}
    assert other.call("POST", "/password", data=form).status_code == 422
    assert field(other.get("/account")) != first
    assert other.log_in().status_code == 200


def test_CSR_04_a_token_changes_with_the_session(person: Person) -> None:
    person.log_in()
    first = field(person.get("/account"))
    person.log_in()

    answer = person.call("POST", "/logout", data={"csrf": first})
    assert answer.status_code == 422
    assert person.get("/session").status_code == 200


def test_CSR_09_two_tabs_of_the_sign_in_page_both_end_well(person: Person) -> None:
    form = {"username": person.name, "password": PASSWORD}
    tabs = [field(person.get("/login", at=n)) for n in (0, 1)]

    for n, token in enumerate(tabs):
        answer = person.call("POST", "/login", n, data={"csrf": token, "next": "/shop/", **form})
        assert (answer.status_code, answer.headers["location"]) == (303, "/shop/")


def test_CSR_10_one_cookie_for_all_forms(visitor: Person) -> None:
    for _ in range(20):
        visitor.get("/login")
        visitor.get("/register")

    assert len(visitor._http.cookies) == 1


def test_an_expired_form_keeps_what_was_typed_and_works_at_once(person: Person) -> None:
    form = {"username": person.name, "password": PASSWORD}
    expired = person.call("POST", "/login", data={"csrf": "old", **form})

    assert (expired.status_code, person.cookie) == (403, None)
    assert f'value="{person.name}"' in expired.text
    assert PASSWORD not in expired.text
    again = person.call("POST", "/login", data={"csrf": field(expired), **form})
    assert again.status_code == 303


def test_who_is_signed_in_is_led_past_the_sign_in_page(person: Person) -> None:
    person.log_in()

    assert person.get("/login?next=/shop/").headers["location"] == "/shop/"
    assert person.get("/login?next=//evil").headers["location"] == "/account"


def test_too_many_attempts_tell_how_long_to_wait(visitor: Person) -> None:
    form = {"username": visitor.name, "password": "wrong"}
    answers = [send(visitor, "/login", "/login", **form) for _ in range(6)]

    assert answers[-1].status_code == 429
    assert "Too many attempts. Try again in" in answers[-1].text
    assert int(answers[-1].headers["retry-after"]) > 0


def test_a_page_says_nothing_that_an_address_made_up(visitor: Person) -> None:
    text = visitor.get("/login?done=<b>pay</b>&next=/%22%3E%3Cb%3E").text

    assert "pay" not in text
    assert "<b>" not in text


def test_every_problem_is_explained_in_the_same_look(visitor: Person) -> None:
    text = visitor.get("/problems", headers={"accept": HTML}).text

    assert all(f'href="/problems/{name}"' in text for name in TYPES)
    assert "<style>" in text

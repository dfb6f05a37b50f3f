"""The pages' forms, without JavaScript."""

import re

import httpx
import pytest
from support.people import PASSWORD, Person


def field(page: httpx.Response) -> str:
    """Return the CSRF token on a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def send(person: Person, path: str, page: str, **form: str) -> httpx.Response:
    return person.call("POST", path, data={"csrf": field(person.get(page)), **form})


def test_register_sign_in_see_devices_and_sign_out(visitor: Person) -> None:
    person = {"username": visitor.name, "password": PASSWORD}
    assert visitor.get("/").headers["location"] == "/login"
    registered = send(visitor, "/register", "/register?next=/shop/", next="/shop/", **person)
    assert registered.headers["location"] == "/login?done=registered&next=/shop/"
    signed_in = send(visitor, "/login", "/login?next=/shop/", next="/shop/", **person)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/shop/")

    phone = visitor.another()
    phone.log_in()
    account = visitor.get("/account")
    assert account.text.count("this one") == 1
    assert "default-src 'none'" in account.headers["content-security-policy"]
    found = re.search(r"/account/sessions/[^/]+/end", account.text)
    assert found
    assert send(visitor, found[0], "/account").status_code == 303
    assert phone.get("/session").json()["reason"] == "revoked"

    assert send(visitor, "/logout", "/account").status_code == 303
    assert visitor.cookie is None
    gone = visitor.get("/account", headers={"accept": "text/html"})
    assert gone.headers["location"].startswith("/login")


def test_errors_are_told_on_the_page_and_keep_the_name(visitor: Person) -> None:
    wrong = send(visitor, "/login", "/login", username="somebody-new", password="wrong")
    assert wrong.status_code == 403
    assert 'value="somebody-new"' in wrong.text
    assert "wrong" not in wrong.text.lower().replace("wrong user name or password", "")

    short = send(visitor, "/register", "/register", username="a", password="short")
    assert (short.status_code, "Too short" in short.text) == (422, True)


def test_a_form_needs_the_token_of_its_own_cookie(visitor: Person) -> None:
    person = {"username": visitor.name, "password": PASSWORD}
    visitor.register()
    other = visitor.stranger()
    foreign = field(other.get("/login"))
    visitor.get("/login")

    for csrf, status in (("", 403), (foreign, 422)):
        answer = visitor.call("POST", "/login", data={"csrf": csrf, **person})
        assert answer.status_code == status
    assert visitor.cookie is None


@pytest.mark.parametrize(
    "path",
    [
        "//evil",
        "https://evil",
        "/\\evil",
        "/%2f%2fevil",
        "javascript:x",
        "https:evil",
        "/\tevil",
        "",
    ],
)
def test_next_leads_to_our_own_paths_only(visitor: Person, path: str) -> None:
    page = visitor.get("/login", params={"next": path})

    assert 'name="next" value="/account"' in page.text


def test_browsers_get_their_errors_as_pages(visitor: Person) -> None:
    answer = visitor.get("/nothing", headers={"accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")

"""A form that a double click sends twice begins one session."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest
from support.people import PASSWORD, Person

CLICKS = 2


def fields_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def click_twice(person: Person, form: dict[str, str], cookies: str) -> list[httpx.Response]:
    """Send a form twice with the cookies that the browser has before any answer."""
    at_once = Barrier(CLICKS)
    browsers = [person.another() for _ in range(CLICKS)]

    def click(n: int) -> httpx.Response:
        at_once.wait(10)
        return browsers[n].call("POST", "/login", n, data=form, headers={"cookie": cookies})

    with ThreadPoolExecutor(CLICKS) as threads:
        return list(threads.map(click, range(CLICKS)))


def token_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    found = re.match(r"holdfast=([\w-]{44});", answer.headers["set-cookie"])
    assert found
    return found[1]


def lives(person: Person, token: str) -> bool:
    return person.stranger().get("/session", headers={"cookie": f"holdfast={token}"}).is_success


@pytest.mark.parametrize("before", ["none", "anonymous", "signed in"])
def test_SES_17_a_double_click_on_sign_in_leaves_one_device(person: Person, before: str) -> None:
    """Both answers carry one living cookie, whichever the browser keeps; one session is listed.

    Report: this project's review (case Q7).
    Rule: ASVS 5.0, 7.2.3 and 7.5.2.
    """
    person.post("/logout")
    page = person.get("/login")
    cookies = f"holdfast-form={page.cookies['holdfast-form']}"
    if before == "anonymous":
        person.patch({"op": "append", "name": "cart", "value": "kelp"})
        cookies += f"; holdfast={person.cookie}"
    elif before == "signed in":
        person.log_in()
        cookies += f"; holdfast={person.cookie}"
    form = {**fields_of(page.text), "username": person.name, "password": PASSWORD}

    answers = click_twice(person, form, cookies)

    first, second = map(token_of, answers)
    assert lives(person, first)
    assert lives(person, second)
    person.cookie = first
    assert len(person.get("/sessions").json()) == 1
    if before == "anonymous":
        assert person.get("/session/data").json() == {"cart": ["kelp"]}


def test_SES_04_a_form_that_is_sent_again_after_a_sign_out_makes_another_token(
    person: Person,
) -> None:
    """A token that was ended is never made again, although form and cookies are the same.

    Report: this project's review (case Q7).
    Rule: ASVS 5.0, 7.2.4 and 7.4.1.
    """
    person.post("/logout")
    page = person.get("/login")
    cookies = f"holdfast-form={page.cookies['holdfast-form']}"
    form = {**fields_of(page.text), "username": person.name, "password": PASSWORD}
    first = token_of(click_twice(person, form, cookies)[0])
    person.cookie = first
    assert person.post("/logout").status_code == 204

    answers = click_twice(person, form, cookies)

    assert first not in map(token_of, answers)
    assert not lives(person, first)


def test_SES_02_two_forms_never_give_the_same_token(person: Person) -> None:
    """Another form, another account or another browser has a token of its own.

    Report: this project's review (case Q7).
    Rule: ASVS 5.0, 7.2.3.
    """
    other = person.stranger().register()
    person.post("/logout")
    pages = [person.get("/login") for _ in range(2)]
    cookie = pages[0].cookies["holdfast-form"]
    elsewhere = person.stranger().get("/login")

    tokens = []
    for name, page, form_cookie in [
        (person.name, pages[0], cookie),
        (other.name, pages[0], cookie),
        (person.name, pages[1], cookie),
        (person.name, elsewhere, elsewhere.cookies["holdfast-form"]),
    ]:
        form = {**fields_of(page.text), "username": name, "password": PASSWORD}
        fields = {"cookie": f"holdfast-form={form_cookie}"}
        tokens.append(token_of(person.another().call("POST", "/login", data=form, headers=fields)))

    assert len(set(tokens)) == len(tokens)

"""The admin API's bodies."""

from collections.abc import Iterator

import httpx
import pytest

from devstack.stack import Stack


@pytest.fixture
def admin(stack: Stack) -> Iterator[httpx.Client]:
    """Give a client of the admin API that does not name itself yet."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{stack.internal['auth-1']}/admin", trust_env=False
    ) as client:
        yield client


def token_of(stack: Stack) -> str:
    return (stack.folder / "holdfast_admin_token").read_text()


def test_the_scheme_of_the_admin_token_has_no_case(stack: Stack, admin: httpx.Client) -> None:
    """`bearer` and two spaces are taken; a token of another scheme, or a longer one, is not.

    Report: this project's review (an attack on the whole).
    Rule: RFC 9110, 11.1; RFC 6750, 2.1.
    """
    token = token_of(stack)
    for given, status in {
        f"Bearer {token}": 404,
        f"bearer {token}": 404,
        f"BEARER  {token}": 404,
        f"Basic {token}": 403,
        f"Bearer {token}x": 403,
        f"Bearer {token[:-1]}": 403,
        f"Bearer{token}": 403,
        "Bearer \xe9": 403,
        "Bearer": 403,
        token: 403,
    }.items():
        fields = [(b"authorization", given.encode("latin-1"))]
        answer = admin.get("/users/not-a-user", headers=fields)
        assert answer.status_code == status, given
        assert status == 403 or answer.json()["detail"] == "No account has this name."


def test_a_wrong_element_of_a_list_is_pointed_at(stack: Stack, admin: httpx.Client) -> None:
    """The pointer of a list's element is `/roles/1`, at auth as at the gateway.

    Report: this project's review (case B1).
    Rule: RFC 6901, 4; RFC 9457, 3.
    """
    fields = {"authorization": f"Bearer {token_of(stack)}"}
    for roles, pointer in ((["a", 1], "/roles/1"), ([[]], "/roles/0"), ("a", "/roles")):
        answer = admin.put("/users/kim/roles", json={"roles": roles}, headers=fields)
        assert answer.status_code == 422
        assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    ops = [{"op": "delete", "name": "a"}, {"op": "delete", "name": 1}]
    answer = httpx.patch(
        f"{stack.urls[0]}/session/data",
        json={"ops": ops},
        headers={"accept": "*/*"},
        trust_env=False,
    )
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/ops/1/name"]

"""The admin API's bodies."""

import httpx

from devstack.stack import Stack


def test_a_wrong_element_of_a_list_is_pointed_at(stack: Stack) -> None:
    """The pointer of a list's element is `/roles/1`, at auth as at the gateway.

    Report: this project's review (case B1).
    Rule: RFC 6901, 4; RFC 9457, 3.
    """
    token = (stack.folder / "holdfast_admin_token").read_text()
    with httpx.Client(
        base_url=f"http://127.0.0.1:{stack.internal['auth-1']}/admin",
        headers={"authorization": f"Bearer {token}"},
        trust_env=False,
    ) as admin:
        for roles, pointer in ((["a", 1], "/roles/1"), ([[]], "/roles/0"), ("a", "/roles")):
            answer = admin.put("/users/kim/roles", json={"roles": roles})
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

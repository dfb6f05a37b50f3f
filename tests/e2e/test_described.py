"""The OpenAPI documents and the running services say the same (OBS-13).

Every answer of these walks is held against the document; in the end each documented status of each
path was seen.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from e2e.conftest import started
from support.described import Described
from support.people import PASSWORD, Person

from devstack.process import answers
from devstack.stack import Stack

CROSS = {"sec-fetch-site": "cross-site"}
JSON_TYPE = {"content-type": "application/json"}
TEXT = {"content-type": "text/plain"}
LARGE = b'"%s"' % (b"x" * 300_000)
NEW = "staple battery horse correct"
SETTINGS = {
    "HOLDFAST_ANONYMOUS_PER_CLIENT": "5",
    "HOLDFAST_LOGIN_ATTEMPTS": "3",
    "HOLDFAST_MAX_SESSIONS_PER_USER": "2",
    "HOLDFAST_SESSION_LIMIT_POLICY": "refuse",
}
Operation = tuple[str, str]


@contextmanager
def judged(described: Described, *urls: str) -> Iterator[Person]:
    """Give a person each of whose answers is held against the document."""
    person = Person(*urls, on_answer=described.judge)
    try:
        yield person
    finally:
        person.close()


def filled(path: str) -> str:
    for name, value in {
        "name": "a",
        "id": "s_nobody",
        "filename": "nothing",
        "path": "a/b",
    }.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def bad_requests(person: Person, operations: list[Operation]) -> None:
    for method, path in operations:
        person.call(method, filled(path), headers={"host": "a b"})
        person.call(method, filled(path), headers=CROSS)
        if method not in ("GET", "HEAD"):
            person.call(method, filled(path), content=b"x", headers=TEXT)


def field(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


def form(person: Person, path: str, page: str, **fields: str) -> httpx.Response:
    return person.call("POST", path, data={"csrf": field(person.get(page)), **fields})


def public_pages(person: Person) -> None:
    person.get("/account", headers={"accept": "text/html", "sec-fetch-mode": "navigate"})
    person.get("/.well-known/jwks.json")
    person.get("/auth/verify?login=redirect", headers={"accept": "text/html"})
    person.call("HEAD", "/auth/verify?login=redirect", headers={"accept": "text/html"})
    for path in ("/", "/login", "/register", "/healthz", "/readyz", "/problems", "/openapi.json"):
        person.get(path)
    for path in ("/docs", "/docs/style.css", "/problems/internal", "/problems/none", "/account"):
        person.get(path)
    person.get("/account/static/pages.js")
    person.get("/account/static/nothing")


def refused_bodies(person: Person) -> None:
    for method, path in [
        ("PUT", "/session/data/a"),
        ("PATCH", "/session/data"),
        ("POST", "/login"),
        ("POST", "/register"),
        ("POST", "/password"),
    ]:
        person.call(method, path, content=b"{", headers=JSON_TYPE)
        person.call(method, path, content=b"1")
        person.call(method, path, content=LARGE, headers=JSON_TYPE)
        person.call(method, path, json={"ops": [], "unknown": 1})
    person.call("PUT", "/session/data/a%20b", json=1)
    person.call("DELETE", "/session/data/a%20b")


def nobody(person: Person) -> None:
    for path in ("/session", "/session/data", "/session/data/a", "/auth/verify", "/sessions"):
        person.get(path)
    person.get("/auth/verify/a/b")
    person.call("HEAD", "/auth/verify")
    for method, path in [
        ("DELETE", "/session/data/a"),
        ("POST", "/session/rotate"),
        ("DELETE", "/sessions"),
        ("DELETE", "/sessions/s_nobody"),
    ]:
        person.call(method, path)
    person.post("/password", {"current": "x", "new": NEW})
    person.call("POST", "/logout", content=LARGE)
    person.cookie = "*"
    person.call("PUT", "/session/data/a", json=1)
    person.patch({"op": "delete", "name": "a"})


def anonymous(person: Person) -> None:
    """Begin sessions with either verb until the client has had its share."""
    for _ in range(int(SETTINGS["HOLDFAST_ANONYMOUS_PER_CLIENT"])):
        put = person.stranger().call("PUT", "/session/data/a", json=1)
        patched = person.stranger().patch({"op": "set", "name": "a", "value": 1})
    assert (put.status_code, patched.status_code) == (429, 429)


def data(person: Person) -> None:
    stale = {"if-match": '"9"'}
    person.call("PUT", "/session/data/a", json=[1])
    person.call("PUT", "/session/data/a", json=1, headers={"if-none-match": "*"})
    for path in ("/session", "/session/data", "/session/data/a", "/session/data/b", "/auth/verify"):
        person.get(path)
    for path in ("/session/data", "/session/data/a"):
        person.get(path, headers={"if-none-match": "*"})
        person.get(path, headers=stale)
    person.call("DELETE", "/session/data/a", headers=stale)
    person.patch({"op": "append", "name": "a", "value": 1})
    person.patch({"op": "append", "name": "a", "value": 1}, headers=stale)
    person.patch({"op": "set", "name": "b", "value": "x" * 20_000})
    person.get("/auth/verify/a/b")
    person.call("HEAD", "/auth/verify")
    person.call("HEAD", "/auth/verify?role=boss")
    person.get("/auth/verify?role=boss")
    person.call("DELETE", "/session/data/a")
    rotate_again_and_again(person)


def rotate_again_and_again(person: Person) -> None:
    """Rotate by one token until more new ones would have to be remembered than can be."""
    first = person.cookie or ""
    for _ in range(9):
        person.cookie = first
        answer = person.post("/session/rotate")
    assert answer.status_code == 429


def accounts(person: Person) -> None:
    person.register()
    person.post("/register", {"username": person.name, "password": PASSWORD})
    person.post("/register", {"username": "a", "password": "short"})
    form(person, "/register", "/register", username=f"{person.name}-2", password=PASSWORD)
    assert person.log_in().status_code == 200
    data(person)
    refused_bodies(person)
    other = person.another()
    assert form(other, "/login", "/login", username=other.name, password=PASSWORD).is_redirect
    assert person.another().log_in().status_code == 409
    mine, others = person.get("/sessions").json(), other.get("/session").json()["id"]
    assert len(mine) == 2
    form(person, f"/account/sessions/{others}/end", "/account")
    person.call("POST", f"/account/sessions/{others}/end", data={"csrf": "x"})
    for path in ("/logout", "/account/sessions/s_nobody/end", "/account/sessions/others/end"):
        person.call("POST", path, data={"csrf": "0" * 64})
    person.get("/account")
    other.log_in()
    person.call("DELETE", f"/sessions/{other.get('/session').json()['id']}")
    person.call("DELETE", "/sessions/s_nobody")
    person.call("DELETE", "/sessions")
    assert person.post("/password", {"current": PASSWORD, "new": "short"}).status_code == 422
    assert person.post("/password", {"current": PASSWORD, "new": NEW}).status_code == 200
    assert form(person, "/password", "/account", current=NEW, new=PASSWORD).is_redirect
    for _ in range(4):
        refused = person.post("/password", {"current": "wrong", "new": NEW})
    assert refused.status_code == 429
    assert person.log_in().status_code == 429
    assert form(person, "/account/sessions/others/end", "/account").is_redirect
    person.call("POST", "/account/sessions/others/end", data={"csrf": "x"})
    csrf, cookie = field(person.get("/account")), person.cookie or ""
    assert form(person, "/logout", "/account").is_redirect
    person.cookie = cookie
    for which in ("s_nobody", "others"):
        late = person.call("POST", f"/account/sessions/{which}/end", data={"csrf": csrf})
        assert late.status_code == 401
    person.post("/logout")
    person.call(
        "POST", "/account/sessions/s_nobody/end", data={"csrf": field(person.get("/login"))}
    )


def without_a_store(person: Person, operations: list[Operation]) -> None:
    name = {"username": "kingsley", "password": PASSWORD, "current": PASSWORD, "new": NEW}
    for method, path in operations:
        body: dict[str, Any] = {}
        if method in ("POST", "PUT", "PATCH"):
            fields = {"/login": 2, "/register": 2, "/password": 4}.get(path, 0)
            picked = dict(list(name.items())[fields - 2 : fields] if fields else [])
            body = {"json": picked if fields else 1}
        if (method, path) == ("PATCH", "/session/data"):
            body = {"json": {"ops": [{"op": "delete", "name": "a"}]}}
        person.call(method, filled(path), **body)


def test_OBS_13_every_documented_status_of_the_public_api_is_seen_and_no_other(
    tmp_path: Path,
) -> None:
    with started(tmp_path / "run", **SETTINGS) as stack:
        described = Described(httpx.get(stack.urls[0] + "/openapi.json", trust_env=False).json())
        operations = sorted({(method, path) for method, path, _ in described.told})
        with judged(described, *stack.urls) as person:
            bad_requests(person, operations)
            public_pages(person)
            nobody(person)
        with judged(described, *stack.urls) as person:
            anonymous(person)
        with judged(described, *stack.urls) as person:
            accounts(person)
        with judged(described, *stack.urls) as person:
            lose_the_store_then_auth(stack, person, operations)

    assert described.told - described.seen == set()


def lose_the_store_then_auth(stack: Stack, person: Person, operations: list[Operation]) -> None:
    assert person.register().log_in().status_code == 200
    for name in ("redis", "auth-1", "auth-2"):
        stack.processes[name].kill()
        if name != "auth-1":
            without_a_store(person, operations)
    assert not answers(stack.urls[0] + "/readyz")


def test_OBS_13_every_documented_status_of_the_admin_api_is_seen_and_no_other(
    tmp_path: Path,
) -> None:
    settings = {"HOLDFAST_DATABASE_URL": f"sqlite:///{tmp_path / 'accounts.sqlite'}"}
    with started(tmp_path / "run", **settings) as stack:
        inside = f"http://127.0.0.1:{stack.internal['auth-1']}"
        described = Described(httpx.get(f"{inside}/openapi.json", trust_env=False).json())
        token = (stack.folder / "holdfast_admin_token").read_text()
        operator: dict[str, Any] = {"headers": {"authorization": f"Bearer {token}"}}
        operations = sorted({(method, path) for method, path, _ in described.told})
        person = Person(*stack.urls).register()
        person.log_in()

        def walk(name: str, **options: Any) -> None:
            for method, path in operations:
                body: dict[str, Any] = {"json": {"roles": []}} if method == "PUT" else {}
                admin.call(method, path.replace("{username}", name), **body, **options)

        with judged(described, inside) as admin:
            walk(person.name)
            walk(person.name, **operator)
            walk("nobody", **operator)
            walk("%00", **operator)
            for method, path in operations:
                if method not in ("GET", "HEAD"):
                    headers = {**operator["headers"], **TEXT}
                    target = path.replace("{username}", person.name)
                    admin.call(method, target, content=b"x", headers=headers)
            roles = f"/admin/users/{person.name}/roles"
            for content in (b"{", b"{}", LARGE):
                headers = {**operator["headers"], **JSON_TYPE}
                # A body that was refused unread costs its connection.
                admin.stranger().call("PUT", roles, content=content, headers=headers)
            admin.call("PUT", roles, content=b"{}", **operator)
            stack.processes["redis"].kill()
            walk(person.name, **operator)
            with contextlib.closing(sqlite3.connect(tmp_path / "accounts.sqlite")) as database:
                database.execute("ALTER TABLE accounts RENAME TO gone")
            walk(person.name, **operator)
        person.close()

    assert described.told - described.seen == set()

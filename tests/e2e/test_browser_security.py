"""What keeps a browser's session where it belongs: cookies, fields, and who may ask for changes."""

import re
from collections.abc import Iterator

import httpx
import pytest
from e2e.conftest import started
from support.people import PASSWORD, Person

from devstack.ports import free_ports
from devstack.stack import Stack

# One of each kind of answer: pages, JSON, redirects, problems of gateway and of auth.
PATHS = [
    "/", "/login", "/register", "/account", "/session", "/sessions", "/session/data/a", "/docs",
    "/openapi.json", "/problems", "/healthz", "/readyz", "/nothing", "/login/nothing", "/a//b",
    "/auth/verify", "/account/static/style.css", "/logout", "/gone",
]  # fmt: skip
WRONG_TYPES = [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
    "application/jsonp",
]  # fmt: skip


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a stack as it stands behind TLS."""
    folder = tmp_path_factory.mktemp("secure")
    routes = folder / "routes.toml"
    dead = f"http://127.0.0.1:{free_ports(1)[0]}"
    routes.write_text(f'[[routes]]\nprefix = "/gone"\nupstream = "{dead}"\naccess = "public"\n')
    settings = {"HOLDFAST_COOKIE_SECURE": "true", "HOLDFAST_ROUTES": str(routes)}
    with started(folder / "run", **settings) as stack:
        yield stack


@pytest.fixture
def outsider(secure: Stack) -> Iterator[Person]:
    """Give somebody without a cookie jar's help: a Secure cookie is not sent over plain HTTP."""
    person = Person(*secure.urls).register()
    yield person
    person.close()


def cookie_of(answer: httpx.Response) -> tuple[str, str]:
    """Return the session cookie's whole field and its token."""
    every = answer.headers.get_list("set-cookie")
    fields = [one for one in every if one.startswith("__Host-holdfast=")]
    assert len(fields) == 1
    return fields[0], fields[0].partition("=")[2].partition(";")[0]


def test_CSR_01_CSR_04_AUT_11_a_form_needs_the_token_of_its_own_cookie(visitor: Person) -> None:
    def token(page: httpx.Response) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert found
        return found[1]

    visitor.register()
    foreign = token(visitor.stranger().get("/login"))
    own = token(visitor.get("/login"))
    who = {"username": visitor.name, "password": PASSWORD}
    for csrf, status in (("", 403), ("x", 403), (foreign, 422)):
        assert visitor.call("POST", "/login", data={"csrf": csrf, **who}).status_code == status
    assert visitor.cookie is None
    assert visitor.call("POST", "/login", data={"csrf": own, **who}).status_code == 303
    # What was good before the sign-in is not after it.
    assert visitor.call("POST", "/logout", data={"csrf": own}).status_code == 422
    assert visitor.get("/session").status_code == 200


@pytest.mark.parametrize("kind", WRONG_TYPES)
@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/session/data/a"), ("PATCH", "/session/data"), ("DELETE", "/session/data/a")],
)
def test_CSR_06_AUT_08_json_is_taken_as_json_only(
    person: Person, method: str, path: str, kind: str
) -> None:
    person.log_in()
    answer = person.call(method, path, content=b"{}", headers={"content-type": kind})

    assert answer.status_code == 415
    assert person.get("/session/data").json() == {}


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", ""])
@pytest.mark.parametrize("path", ["/login", "/register", "/password"])
def test_CSR_06_AUT_08_credentials_are_taken_as_json_or_from_a_form_only(
    person: Person, path: str, kind: str
) -> None:
    person.log_in()
    answer = person.call("POST", path, content=b"{}", headers={"content-type": kind})

    assert answer.status_code == 415


@pytest.mark.parametrize("path", ["/logout", "/session/rotate", "/account/sessions/x/end"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_CSR_07_AUT_07_safe_methods_change_nothing(person: Person, method: str, path: str) -> None:
    person.log_in()
    answer = person.call(method, path)

    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    assert person.get("/session").status_code == 200


@pytest.mark.parametrize("path", ["/session", "/sessions", "/login", "/problems"])
def test_CSR_08_no_other_origin_may_read(person: Person, path: str) -> None:
    person.log_in()
    fields = {"origin": "https://evil.test", "access-control-request-method": "PUT"}
    for method in ("GET", "OPTIONS"):
        answer = person.call(method, path, headers=fields)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_CSR_09_two_tabs_of_the_sign_in_page_both_end_well(person: Person) -> None:
    for page in [person.get("/login").text for _ in range(2)]:
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found
        form = {"csrf": found[1], "username": person.name, "password": PASSWORD}
        # The second tab's form was made before there was a session.
        answer = person.call("POST", "/login", data=form)
        assert answer.status_code in (303, 403)
        assert person.get("/session").status_code == 200


def test_CSR_10_cookies_do_not_pile_up(visitor: Person) -> None:
    for n in range(50):
        visitor.get("/login", at=n)
        visitor.get("/register", at=n)
        visitor.get("/session", at=n)
    assert len(visitor.cookies) <= 2


@pytest.mark.parametrize("path", PATHS)
def test_HDR_01_HDR_02_HDR_03_HDR_04_HDR_08_every_answer_of_ours_is_guarded(
    outsider: Person, path: str
) -> None:
    answer = outsider.get(path)
    policy = answer.headers["content-security-policy"]

    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    for rule in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert not re.search(r"[0-9]", answer.headers.get("server", ""))
    assert "werkzeug" not in str(answer.headers).lower()
    assert "x-powered-by" not in answer.headers


def test_HDR_01_without_tls_nothing_is_promised_about_it(visitor: Person) -> None:
    assert "strict-transport-security" not in visitor.get("/session").headers


@pytest.mark.parametrize("path", PATHS)
def test_HDR_05_HDR_07_errors_are_kept_by_no_cache_and_text_tells_its_charset(
    visitor: Person, path: str
) -> None:
    for accept in ("text/html", "application/json"):
        answer = visitor.get(path, headers={"accept": accept})
        kind = answer.headers.get("content-type", "")
        if answer.is_error:
            assert answer.headers["cache-control"] == "no-store"
        if kind.startswith("text/"):
            assert "charset=utf-8" in kind
        if kind.endswith("json"):
            answer.json()


def test_HDR_06_a_service_behind_decides_about_its_own_answers(person: Person) -> None:
    person.log_in()
    answer = person.get("/echo")

    assert not {"cache-control", "content-security-policy"} & answer.headers.keys()


@pytest.mark.parametrize("path", ["/session", "/login", "/nothing"])
def test_HDR_09_nobody_gets_his_own_request_back(person: Person, path: str) -> None:
    person.log_in()
    answer = person.call("TRACE", path)

    assert answer.status_code in (404, 405)
    assert (person.cookie or "-") not in answer.text


def test_HDR_08_there_is_no_debugger(visitor: Person) -> None:
    assert visitor.get("/console").status_code == 404
    assert visitor.get("/login/console").status_code == 404


def test_COO_01_COO_02_COO_03_COO_05_COO_06_the_cookie_is_bound_to_the_host_and_out_of_reach(
    outsider: Person,
) -> None:
    answers = [outsider.log_in()]
    for path in ("/session/rotate", "/logout"):
        cookie = {"cookie": f"__Host-holdfast={cookie_of(answers[-1])[1]}"}
        answers.append(outsider.post(path, headers=cookie))
    for answer in answers:
        field, token = cookie_of(answer)
        assert len(field) < 4096
        assert re.fullmatch(
            r"__Host-holdfast=[\w-]*(; Max-Age=0)?; Path=/; Secure; HttpOnly; SameSite=Lax", field
        )
        assert "domain" not in field.lower()
        assert not token or token not in answer.text
    told = outsider.get("/session", headers=cookie)
    assert "set-cookie" not in told.headers


def test_COO_04_without_remember_me_the_cookie_ends_with_the_browser(person: Person) -> None:
    field = person.log_in().headers["set-cookie"].lower()

    assert "max-age" not in field
    assert "expires" not in field


def test_COO_07_signing_out_clears_the_cookie_and_what_the_browser_kept(person: Person) -> None:
    person.log_in()
    answer = person.post("/logout")

    assert "Max-Age=0; Path=/" in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache"'


@pytest.mark.parametrize(
    "name", ["__host-holdfast", "__HOST-holdfast", "holdfast", "__Host-Holdfast"]
)
def test_COO_09_only_the_exact_name_is_the_session(outsider: Person, name: str) -> None:
    _, token = cookie_of(outsider.log_in())
    answer = outsider.get("/session", headers={"cookie": f"{name}={token}"})

    assert answer.json()["type"] == "/problems/no-session"


def test_COO_10_a_tossed_in_second_cookie_opens_nothing(person: Person) -> None:
    person.log_in()
    for pair in (f"holdfast={person.cookie}; holdfast=x", f"holdfast=x; holdfast={person.cookie}"):
        answer = httpx.get(person.urls[0] + "/session", headers={"cookie": pair}, trust_env=False)
        assert (answer.status_code, answer.json()["reason"]) == (401, "unknown")

"""What the gateway lets through and what it refuses, over real sockets."""

import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.echo import Echo
from support.people import Person

from devstack.stack import Stack


def raw(stack: Stack, request: bytes) -> bytes:
    """Send bytes; return the status line and what follows."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=5) as connection:
        connection.sendall(request)
        return connection.recv(65536)


HOSTILE = {
    "absolute form": b"GET http://169.254.169.254/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "authority form": b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "dot segments": b"GET /public/../echo HTTP/1.1\r\nHost: a\r\n\r\n",
    "dot segment with a parameter": b"GET /public/..;/echo HTTP/1.1\r\nHost: a\r\n\r\n",
    "encoded slash": b"GET /public%2f..%2fecho HTTP/1.1\r\nHost: a\r\n\r\n",
    "backslash": b"GET /public\\..\\echo HTTP/1.1\r\nHost: a\r\n\r\n",
    "double slash": b"GET //echo HTTP/1.1\r\nHost: a\r\n\r\n",
    "nul": b"GET /public%00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "fragment": b"GET /echo#/public HTTP/1.1\r\nHost: a\r\n\r\n",
    "length and chunked": b"POST /public HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /public HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
    b"Content-Length: 4\r\n\r\nabcd",
    "folded field": b"GET /public HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "space before colon": b"GET /public HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
    "bare newline": b"GET /public HTTP/1.1\nHost: a\n\n",
}


@pytest.mark.parametrize("request_", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_request_of_two_meanings_is_refused(stack: Stack, echo: Echo, request_: bytes) -> None:
    before = len(echo.seen)

    assert raw(stack, request_).split(b" ")[1] == b"400"
    assert len(echo.seen) == before


FORGED = [
    "X-Auth-User", "x-auth-user", "X_Auth_User", "X.Auth.User", "X-Auth_User", "X-Auth-Roles",
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP",
    "X-Holdfast-Service-Token",
]  # fmt: skip


def test_an_identity_header_is_ours_in_every_spelling(person: Person) -> None:
    person.log_in()
    fields = dict.fromkeys(FORGED, "forged")
    told = person.get("/echo/a", headers={**fields, "connection": "x-auth-user"}).json()
    headers = [tuple(pair) for pair in told["headers"]]

    assert "forged" not in [value for _, value in headers]
    assert [value for name, value in headers if name == "x-auth-user"] == [person.name]
    assert ("x-forwarded-for", "127.0.0.1") in headers
    assert ("via", "1.1 holdfast") in headers


def test_a_public_route_carries_no_identity(person: Person) -> None:
    person.log_in()
    told = person.get("/public", headers={"x-auth-user": "forged"}).json()

    assert not [name for name, _ in told["headers"] if name.startswith("x-auth")]


def test_COO_11_our_cookie_stays_and_others_pass_as_they_are(person: Person) -> None:
    person.log_in()
    cookie = f'a=1; holdfast={person.cookie}; b="x y"'
    answer = httpx.get(person.urls[0] + "/echo", headers={"cookie": cookie}, trust_env=False)

    assert ["cookie", 'a=1; b="x y"'] in answer.json()["headers"]
    assert answer.headers.get_list("set-cookie") == ["a=1"]


def test_routes_let_in_whom_they_say(person: Person, visitor: Person) -> None:
    person.log_in()
    assert visitor.get("/echo").status_code == 401
    assert visitor.get("/public").status_code == 200
    assert person.get("/boss").status_code == 403
    assert person.get("/gone").status_code == 502
    assert person.get("/nothing").json()["type"] == "/problems/no-route"


@pytest.mark.parametrize("path", ["/echo/a%20b?x=1+2&a=%7E&a", "/echo/caf%C3%A9/?", "/echo/;v=1"])
def test_path_and_query_arrive_as_they_were_sent(person: Person, echo: Echo, path: str) -> None:
    person.log_in()
    with socket.create_connection(("127.0.0.1", int(person.urls[0].rpartition(":")[2]))) as out:
        cookie = f"holdfast={person.cookie}"
        out.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n\r\n".encode())
        assert out.recv(65536).startswith(b"HTTP/1.1 200")
    assert echo.seen[-1] == path.removesuffix("?")


def test_bodies_stream_through_up_to_the_routes_limit(person: Person) -> None:
    person.log_in()
    half = b"x" * 512 * 1024
    assert person.call("POST", "/echo", content=half).json()["length"] == len(half)
    assert person.call("POST", "/echo", content=iter([half])).json()["length"] == len(half)
    assert person.call("POST", "/echo", content=half * 3).status_code == 413
    assert person.call("POST", "/echo", content=iter([half] * 3)).status_code == 413


def test_ERR_09_an_upstreams_own_errors_pass_and_its_death_is_a_502_without_a_second_try(
    person: Person, echo: Echo
) -> None:
    person.log_in()
    assert person.get("/echo/teapot").status_code == 418
    before, echo.fail = len(echo.seen), True
    answer = person.call("POST", "/echo/once", content=b"1")
    echo.fail = False

    assert answer.json()["type"] == "/problems/upstream-unreachable"
    assert len(echo.seen) == before + 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 204),
        ({}, 204),
    ],
)
def test_CSR_02_CSR_03_another_site_cannot_log_anybody_out(
    person: Person, fields: dict[str, str], status: int
) -> None:
    person.log_in()
    cookie = {"cookie": f"holdfast={person.cookie}"}
    assert person.post("/logout", headers=fields).status_code == status
    assert person.get("/session", headers=cookie).status_code == (401 if status == 204 else 200)


def test_methods_types_and_bodies_are_judged(person: Person) -> None:
    person.log_in()
    wrong = person.call("DELETE", "/session")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")
    assert person.get("/logout").status_code == 405
    assert person.call("PUT", "/session/data/a", content=b"1").status_code == 415
    json = {"content-type": "application/json"}
    assert person.call("PUT", "/session/data/a", content=b"{", headers=json).status_code == 400
    assert person.call("PUT", "/session/data/a%20b", json=1).status_code == 422
    big = person.call("PUT", "/session/data/a", json="x" * 17_000)
    assert (big.status_code, big.json()["limit"]) == (413, "value")
    huge = person.call("PUT", "/session/data/a", json="x" * 300_000)
    assert huge.json()["type"] == "/problems/body-too-large"
    assert person.post("/login?password=x", {}).status_code == 400
    assert person.get("/session/data").json() == {}


def test_every_answer_about_a_session_is_kept_by_no_cache(person: Person) -> None:
    for path in ("/session", "/session/data", "/sessions", "/auth/verify", "/login"):
        answer = person.get(path)
        assert answer.headers["cache-control"] == "no-store", path
        assert answer.headers["vary"] == "Cookie", path
        assert answer.headers["x-request-id"], path
        assert answer.headers["x-served-by"] == "gateway-1", path


def test_verify_tells_who_it_is(person: Person) -> None:
    assert person.get("/auth/verify").status_code == 401
    person.log_in()
    answer = person.get("/auth/verify", at=1)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["x-auth-user"] == person.name
    assert "set-cookie" not in answer.headers
    assert person.get("/auth/verify?role=boss").status_code == 403


def test_AUT_16_OBS_08_the_internal_side_is_not_public(stack: Stack, visitor: Person) -> None:
    for path in ("/metrics", "/admin/users/x", "/admin/sessions"):
        assert visitor.get(path).status_code == 404
    inside = f"http://127.0.0.1:{stack.internal['gateway-1']}/metrics"
    assert "http_requests_total" in httpx.get(inside, trust_env=False).text
    auth = stack.env["HOLDFAST_AUTH_URLS"].split(",")[0]
    assert httpx.get(f"{auth}/admin/users/x", trust_env=False).status_code == 404


def test_AUT_16_PRX_29_admin_calls_need_their_own_credential(stack: Stack, person: Person) -> None:
    person.log_in()
    inside = f"http://127.0.0.1:{stack.internal['auth-1']}/admin"
    service_token = (stack.folder / "holdfast_service_token").read_text()
    claims = [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer guessed"},
        {"authorization": f"Bearer {service_token}"},
        {"x-holdfast-service-token": service_token},
        {"cookie": f"holdfast={person.cookie}", "x-auth-roles": "admin"},
    ]
    for fields in claims:
        for method, path in (("GET", f"/users/{person.name}"), ("DELETE", "/sessions")):
            answer = httpx.request(method, inside + path, headers=fields, trust_env=False)
            assert answer.status_code == 403, fields
    assert person.get("/session").status_code == 200


ODD = st.one_of(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=255, exclude_characters=";,"), max_size=60
    ),
    st.from_regex(r"[A-Za-z0-9_-]{44}", fullmatch=True),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(cookie=ODD)
def test_no_cookie_makes_an_error_of_ours(visitor: Person, cookie: str) -> None:
    header = {b"cookie": b"holdfast=" + cookie.encode("latin-1")}
    answer = visitor.get("/session", headers=header)

    assert answer.status_code in (400, 401)
    assert "set-cookie" not in answer.headers


JSONS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
OPS = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["set", "delete", "increment", "append", "add", "remove"]) | JSONS,
        "name": st.sampled_from(["a", "b", "a b"]) | JSONS,
        "value": JSONS,
        "by": st.integers() | JSONS,
        "if_match": JSONS,
    },
)
BODIES = st.fixed_dictionaries({}, optional={"ops": st.lists(OPS, max_size=4) | JSONS}) | JSONS


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=BODIES, path=st.sampled_from(["/login", "/register", "/password", "/session/data"]))
def test_no_json_makes_an_error_of_ours(visitor: Person, body: object, path: str) -> None:
    method = "PATCH" if path == "/session/data" else "POST"
    answer = visitor.call(method, path, json=body)

    assert answer.status_code < 500, answer.text
    visitor.cookie = ""


def test_AUT_14_slow_sign_ins_do_not_hold_reads_up(fuzzed: Stack) -> None:
    """A storm of sign-ins costs hashes, or is refused, and reads are served all through it."""
    person = Person(*fuzzed.urls).register()
    person.log_in()

    def sign_in(n: int) -> int:
        wrong = {"username": f"nobody-{n}", "password": "wrong"}
        return httpx.post(f"{person.urls[n % 2]}/login", json=wrong, trust_env=False).status_code

    with ThreadPoolExecutor(32) as threads:
        storm = [threads.submit(sign_in, n) for n in range(64)]
        reads = list[int]()
        while not all(one.done() for one in storm):
            reads.append(person.get("/session", at=len(reads)).status_code)
        statuses = {one.result() for one in storm}
    person.close()
    assert set(reads) == {200}
    assert statuses <= {403, 503}
    for name in fuzzed.internal:
        assert "WORKER TIMEOUT" not in (fuzzed.folder / f"{name}.log").read_text()

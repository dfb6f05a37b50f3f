"""The gateway's rules about targets, hosts, fields, origins, routes and bodies, each on its own."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bodies import read_patch
from gateway.canonical_json import canonical
from gateway.crosssite import refuse_cross_site
from gateway.headers import (
    from_client,
    from_upstream,
    is_ours,
)
from gateway.routes import RouteFileError, load_routes
from gateway.target import judge_coding, judge_host, judge_path
from holdfast import Intent, Op
from servicekit.hosts import Host
from servicekit.origins import Origin
from servicekit.problems import Problem

HOSTILE_PATHS = [
    b"http://169.254.169.254/x",
    b"*",
    b"a:80",
    b"",
    b"//app",
    b"/a//b",
    b"/public/../app",
    b"/public/..;/app",
    b"/public/..;x=1/app",
    b"/public/..%3b/app",
    b"/public/%2e%2e/app",
    b"/public/%252e%252e/app",
    b"/./app",
    b"/public%2f..%2fapp",
    b"/public%2Fapp",
    b"/public%5capp",
    b"/public%252fapp",
    b"/public\\app",
    b"/app%00",
    b"/app#/public",
    b"/app%",
    b"/app%zz",
    b"/app\x80",
    b"/app%0d%0a",
    b"/a b",
]


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_a_path_that_can_be_read_two_ways_is_refused(path: bytes) -> None:
    with pytest.raises(Problem):
        judge_path(path)


@pytest.mark.parametrize(
    "path", [b"/", b"/a/b.c/", b"/a;v=1", b"/100%25", b"/caf%C3%A9", b"/a+b~c", b"/...", b"/.well"]
)
def test_an_ordinary_path_passes_as_it_stands(path: bytes) -> None:
    assert judge_path(path) == path.decode()


@given(st.binary(max_size=40))
def test_no_path_makes_the_judge_fail_otherwise(path: bytes) -> None:
    try:
        passed = judge_path(path)
    except Problem:
        return
    assert ".." not in passed.split("/")


@pytest.mark.parametrize("hosts", [[], [b"a", b"b"], [b"a/b"], [b""], [b"a b"], [b"other.test"]])
def test_a_missing_double_odd_or_foreign_host_is_refused(hosts: list[bytes]) -> None:
    with pytest.raises(Problem):
        judge_host([(b"host", host) for host in hosts], (Host("a"),))


def test_a_served_host_passes_with_or_without_its_port() -> None:
    assert judge_host([(b"host", b"A.test:8080")], (Host("a.test"),)) == Host("a.test", 8080)
    assert judge_host([(b"host", b"[::1]:80")], ()) == Host("[::1]", 80)


@pytest.mark.parametrize(
    "name",
    [
        b"X-Auth-User", b"x_auth_user", b"X.Auth.User", b"X-Auth_User", b"x-auth-anything",
        b"X-Forwarded-For", b"X-Forwarded-Prefix", b"Forwarded", b"X-Real-IP", b"X-Request-Id",
        b"X-Holdfast-Service-Token", b"X-Original-URL", b"traceparent", b"xauthuser",
    ],
)  # fmt: skip
def test_no_spelling_of_a_field_of_ours_passes(name: bytes) -> None:
    assert is_ours(name)
    assert from_client([(name, b"forged")]) == []


def test_what_is_meant_for_one_hop_stays_there_and_takes_nothing_of_ours_along() -> None:
    told = [(b"Connection", b"X-Foo, via"), (b"X-Foo", b"1"), (b"TE", b"trailers"), (b"A", b"1")]

    assert from_client(told) == [(b"a", b"1")]
    assert from_upstream(told, cookies=True) == [(b"a", b"1"), (b"via", b"1.1 holdfast")]


OWN, OTHER = "http://a.test", "https://evil.test"
OURS, LISTED = Origin.parse(OWN), Origin.parse("https://listed.test")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": OWN}, False),
        ({"origin": OWN}, True),
        ({"origin": OTHER}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://listed.test", "sec-fetch-site": "cross-site"}, True),
        ({"origin": "https://listed.test:443"}, True),
        ({"origin": "http://A.test.:80"}, True),
        ({"origin": "http://a.test:8080"}, False),
        ({"origin": "http://a.test, https://evil.test"}, False),
        ({"origin": ""}, False),
    ],
)
def test_CSR_02_CSR_03_an_unsafe_request_from_another_site_is_refused(
    method: str, headers: dict[str, str], passes: bool
) -> None:
    refuse_cross_site("GET", headers, OURS, ())
    try:
        refuse_cross_site(method, headers, OURS, (LISTED,))
        passed = True
    except Problem as problem:
        passed = problem.name != "cross-site"
    assert passed is passes


def write(folder: Path, text: str) -> str:
    (folder / "gateway.toml").write_text(text)
    return str(folder / "gateway.toml")


def test_the_longest_prefix_wins_on_whole_segments(tmp_path: Path) -> None:
    table = load_routes(
        write(
            tmp_path,
            '[[routes]]\nprefix = "/shop"\nupstream = "http://a"\n'
            '[[routes]]\nprefix = "/shop/admin"\nupstream = ["http://b/", "http://c"]\n'
            'access = "role:boss"\nmax_body = "1 KiB"\n',
        )
    )

    admin = table.match("/shop/admin/x")
    assert admin
    assert (admin.upstreams, admin.max_body_bytes) == (["http://b", "http://c"], 1024)
    assert [bool(table.match(path)) for path in ("/shop", "/shop/x", "/shopping", "/")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "line",
    [
        'prefix = "shop"\nupstream = "http://a"',
        'prefix = "/shop"\nupstream = "ftp://a"',
        'prefix = "/shop"\nupstream = "http://a"\naccess = "all"',
        'prefix = "/shop"\nupstream = "http://a"\nmax_body = "much"',
        'prefix = "/shop"\nupstream = "http://a"\nunknown = 1',
        'prefix = "/shop"\nupstream = "http://a"\ntimeout_seconds = 0',
        'prefix = "/shop"\nupstream = "http://a"\ntimeout_seconds = -1',
        'prefix = "/shop"\nupstream = "http://a"\ntimeout_seconds = nan',
        'prefix = "/shop"\nupstream = "http://a"\ntimeout_seconds = 3601',
        'prefix = "/shop"\nupstream = "http://a"\ntimeout_seconds = "30"',
        'prefix = "/shop"\nupstream = []',
        'prefix = "/shop"\nupstream = [""]',
        'prefix = "/shop"\nupstream = ["http://a", "http://a/"]',
        'prefix = "/shop"\nupstream = "http://a:0"',
        'prefix = "/shop"\nupstream = "http://a:65536"',
        'prefix = "/shop"\nupstream = "http://:80"',
        'prefix = "/shop"\nupstream = "http://a..b"',
        'prefix = "/shop"\nupstream = "http://[1:2]:80"',
        'prefix = "/shop"\nupstream = "http://a/../b"',
        'prefix = "/../shop"\nupstream = "http://a"',
        'prefix = ""\nupstream = "http://a"',
        'prefix = "/shop"\nupstream = "http://a"\npassive = "yes"',
        'prefix = "/shop"\nupstream = "http://a"\naccess = "role:"',
        "x = " + "[" * 2000 + "]" * 2000,
        'prefix = "/shop"',
        "prefix = ",
        'prefix="/a"\nupstream="http://a"\n[[routes]]\nprefix="/a"\nupstream="http://b"',
    ],
)
def test_a_bad_route_file_is_told_in_one_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(RouteFileError) as refused:
        load_routes(write(tmp_path, "[[routes]]\n" + line))
    assert "\n" not in str(refused.value)


def test_only_whole_segments_of_a_prefix_are_the_gateways_own(tmp_path: Path) -> None:
    file = write(tmp_path, '[[routes]]\nprefix = "/session-notes"\nupstream = "http://a"\n')

    assert load_routes(file, {"/session"}).match("/session-notes/1")


def test_a_patch_keeps_the_bytes_of_its_values() -> None:
    body = b'{"ops": [{"op": "set", "name": "a", "value": [[],{} ,12345678901234567]},'
    body += b' {"op": "increment", "name": "n", "by": -3},'
    body += b' {"op": "add", "name": "t", "value": {"b": 1, "a": "\xc3\xa9"}}]}'

    assert read_patch(body) == [
        Intent(Op.SET, "a", b"[[],{} ,12345678901234567]"),
        Intent(Op.INCREMENT, "n", b"-3"),
        Intent(Op.ADD, "t", b'{"a":"\xc3\xa9","b":1}'),
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"ops": []}', "/ops"),
        (b"{}", ""),
        (b'{"ops": [{"op": "set", "name": "a b", "value": 1}]}', "/ops/0/name"),
        (b'{"ops": [{"op": "set", "name": "a"}]}', "/ops/0/value"),
        (b'{"ops": [{"op": "delete", "name": "a", "value": 1}]}', "/ops/0/value"),
        (b'{"ops": [{"op": "increment", "name": "a", "by": 9007199254740992}]}', "/ops/0/by"),
        (b'{"ops": [{"op": "increment", "name": "a", "by": 1.5}]}', "/ops/0/by"),
        (b'{"ops": [{"op": "set", "name": "a", "value": 1, "by": 1}]}', "/ops/0/by"),
        (b'{"ops": [{"op": "set", "name": "a", "value": 1, "if_match": "x"}]}', "/ops/0/if_match"),
        (b'{"ops": [{"op": "set", "name": "a", "value": 1}], "x": 1}', ""),
        (b'{"ops": [], "ops": [{"op": "delete", "name": "a"}]}', "/ops"),
        (b'{"ops": [{"op": "delete", "name": "a", "name": "b"}]}', "/ops/0/name"),
        (b'{"ops": [{"op": "delete", "name": "a", "na\\u006de": "b"}]}', "/ops/0/name"),
        (
            b'{"ops": [{"op": "set", "name": "a", "value": [{"a~/b": [1e999]}]}]}',
            "/ops/0/value/0/a~0~1b/0",
        ),
    ],
)
def test_a_patch_that_is_not_valid_is_pointed_at(body: bytes, pointer: str) -> None:
    with pytest.raises(Problem) as refused:
        read_patch(body)
    assert refused.value.name == "invalid-request"
    assert refused.value.members["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"\xef\xbb\xbf{}", b'{"ops": NaN}', b"[" * 100_000, b"nul"],
)
def test_what_is_no_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read_patch(body)
    assert refused.value.status in (400, 422)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_otherwise(body: bytes) -> None:
    refused = None
    try:
        assert read_patch(body)
    except Problem as problem:
        refused = problem.status
    assert refused in (None, 400, 422)


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_canonical_json_is_a_fixed_point(value: object) -> None:

    text = canonical(json.dumps(value).encode())
    assert canonical(text) == text


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"chunked, chunked", b"identity", b"x"])
def test_a_transfer_coding_that_nobody_takes_off_is_refused(coding: bytes) -> None:
    judge_coding([(b"transfer-encoding", b"Chunked ")])
    with pytest.raises(Problem):
        judge_coding([(b"transfer-encoding", coding)])


FIELDS = st.lists(st.tuples(st.from_regex(rb"[A-Za-z_.-]{1,20}", fullmatch=True), st.binary()))


@given(FIELDS)
def test_PRX_04_nothing_that_could_be_read_as_ours_passes(
    fields: list[tuple[bytes, bytes]],
) -> None:
    for name, _ in from_client(fields):
        bare = name.replace(b"-", b"").replace(b"_", b"").replace(b".", b"")
        assert not bare.startswith((b"xauth", b"xforwarded", b"xholdfast"))
        assert bare not in (b"connection", b"transferencoding") or name != bare


HEADERS = st.dictionaries(st.sampled_from(["sec-fetch-site", "origin"]), st.text(max_size=20))


@given(HEADERS)
def test_CSR_02_only_the_named_values_pass(headers: dict[str, str]) -> None:
    try:
        refuse_cross_site("POST", headers, OURS, ())
    except Problem:
        return
    assert headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    assert "sec-fetch-site" in headers or headers.get("origin", OWN) == OWN

"""Forward-auth through the proxies as they are shipped: cookies and addresses, byte for byte."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import pytest
from e2e.conftest import started
from support import proxies
from support import scripted as scripted_upstream
from support.hostile_cookies import CONTROLS, FAMILIES, Meaning, Row
from support.people import Person
from support.raw import Reply, ask
from support.scripted import Scripted

from devstack.stack import Stack

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
# What a proxy answers to a request that it does not pass on, besides the gateway's verdict.
REFUSED = (400, 413, 431, 494)


@dataclass
class Front:
    """A proxy between people, the gateway and a service that keeps the bytes it gets."""

    name: str
    url: str
    gateway: str
    service: Scripted


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {"HOLDFAST_TRUSTED_PROXIES": "127.0.0.1/32"}
    with started(tmp_path_factory.mktemp("forward-auth"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def service() -> Iterator[Scripted]:
    with scripted_upstream.running() as upstream:
        upstream.answer = ANSWER
        yield upstream


@pytest.fixture(scope="module", params=proxies.COMMANDS)
def front(
    request: pytest.FixtureRequest,
    stack: Stack,
    service: Scripted,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Front]:
    """Give each proxy that is installed."""
    name: str = request.param
    if proxies.program(name) is None:
        pytest.skip(f"{name} is not installed")
    folder = tmp_path_factory.mktemp(name)
    with proxies.running(name, stack.urls[0], service.url, folder) as url:
        yield Front(name, url, stack.urls[0], service)


@pytest.fixture(scope="module")
def token(stack: Stack) -> Iterator[bytes]:
    """Give the token of a person who is signed in."""
    person = Person(stack.urls[0]).register()
    person.log_in()
    yield str(person.cookie).encode()
    person.close()


def get(url: str, target: bytes, *lines: bytes) -> Reply:
    """Send a GET as these bytes."""
    first = b"GET %s HTTP/1.1" % target
    host = b"Host: " + url.removeprefix("http://").encode()
    head = b"\r\n".join([first, host, b"Connection: close", *lines])
    return ask(int(url.rpartition(":")[2]), head + b"\r\n\r\n")


_OPENS, _MANY = Meaning.OPENS, b"; ".join(b"n%d=%d" % (n, n) for n in range(300))
_EXPANDED = b"a={env.HOME} %[env(HOME)] ${HOME} $remote_addr %{x}"
ROWS = [
    *(row for family in FAMILIES.values() for row in family),
    Row("what a proxy might expand", (_EXPANDED + b"; NAME=TOKEN",), _OPENS, _EXPANDED),
    Row("300 neighbours, kept", (_MANY + b"; NAME=TOKEN",), _OPENS, _MANY),
    Row("8 KB", (b"NAME=TOKEN; a=" + b"x" * 8000,), _OPENS, b"a=" + b"x" * 8000),
    Row("16 KB", (b"NAME=TOKEN; a=" + b"x" * 16_000,), _OPENS, b"a=" + b"x" * 16_000),
    Row("16 KB in lines", (b"NAME=TOKEN", *[b"a=" + b"x" * 7900] * 2), _OPENS),
]
# Some proxies take no request of such a size, or none with a control character.
MAY_BE_REFUSED = {"16 KB", "16 KB in lines", *(row.name for row in CONTROLS)}


@pytest.fixture(scope="module")
def verdicts(front: Front, token: bytes) -> dict[str, bytes | None]:
    """Give what the gateway itself says to each row: the cookies that pass, or a refusal."""
    # Envoy asks with `!` for a byte that is not UTF-8.
    edit = by_envoy if front.name == "envoy" else bytes
    return {row.name: verdict(front.gateway, row, token, edit) for row in ROWS}


def by_envoy(field: bytes) -> bytes:
    return field.decode("utf-8", "replace").replace("\ufffd", "!").encode()


def lines_of(row: Row, token: bytes) -> list[bytes]:
    return [b"Cookie: " + field for field in row.fields("holdfast", token.decode())]


def verdict(gateway: str, row: Row, token: bytes, edit: Callable[[bytes], bytes]) -> bytes | None:
    lines = lines_of(row, token)
    asked = [*map(edit, lines)]
    answer = get(gateway, b"/auth/verify", b"Sec-Forward-Auth: cookie", *asked)
    assert (answer.status == 204) == (row.meaning is Meaning.OPENS), row.name
    if answer.status != 204:
        return None
    (passing,) = answer.all("cookie")
    if row.passes is not None and asked == lines:
        assert passing.encode("latin-1") == row.passes.replace(b"NAME", b"holdfast"), row.name
    return passing.encode("latin-1")


def cookies(head: bytes) -> bytes:
    """Return the one Cookie field of a request's head, empty where there is none."""
    fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    found = [value.strip(b" \t") for name, _, value in fields if name.lower() == b"cookie"]
    assert len(found) <= 1
    return b"".join(found)


def test_a_service_gets_the_other_cookies_and_no_byte_of_a_token(
    front: Front, token: bytes, verdicts: dict[str, bytes | None]
) -> None:
    """Whatever the Cookie fields are, the proxy lets in whom the gateway does, or refuses them.

    Report: authelia#235, oauth2-proxy#388 (cases F1, F20).
    Rule: RFC 6265, 5.4; RFC 9113, 8.2.3; ASVS 5.0, 3.3.
    """
    refused = set()
    for row in ROWS:
        passing, name = verdicts[row.name], row.name
        front.service.heads.clear()

        answer = get(front.url, b"/app", *lines_of(row, token))

        heads = [*front.service.heads]
        assert not any(token in head for head in heads), name
        if answer.status in REFUSED:
            refused.add(name)
            assert heads == [], name
        elif passing is None:
            assert (answer.status, heads) == (401, []), name
        else:
            assert answer.status == 200, name
            assert cookies(heads[0]) == passing, name
    assert refused <= MAY_BE_REFUSED


NAVIGATION = (b"Accept: text/html", b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Site: none")


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        (b"/app/x?filter=" + b"a" * 7000, b"/app/x?filter=" + b"a" * 7000),
        (b"/app/caf\xc3\xa9?q=\xc3\xbc", b"/app/caf%C3%A9?q=%C3%BC"),
        (b"/app/caf\xe9", b"/app/caf%E9"),
        (b"/app/caf%C3%A9?a=1&b=%2F", b"/app/caf%C3%A9?a=1&b=%2F"),
    ],
    ids=["long", "raw UTF-8", "raw Latin-1", "encoded"],
)
def test_a_link_through_a_proxy_survives_the_sign_in_page(
    front: Front, token: bytes, asked: bytes, leads_to: bytes
) -> None:
    """The redirect to the sign-in page leads back to the bytes that were asked for.

    Report: this project's review (case Q20).
    Rule: RFC 3986, 2.5; RFC 9112, 3.
    """
    if front.name == "envoy":
        pytest.skip("Envoy cannot ask for a redirect")
    answer = get(front.url, asked, *NAVIGATION)
    if answer.status == 400:
        # Bytes beyond ASCII are not part of a request line.
        assert not asked.isascii()
        return

    assert answer.status == 302
    (place,) = answer.all("location")
    assert unquote_to_bytes(place.partition("/login?next=")[2]) == leads_to
    front.service.heads.clear()
    signed_in = get(front.url, leads_to, b"Cookie: holdfast=" + token)
    assert signed_in.status == 200
    assert front.service.heads[0].split(b" ")[1] == leads_to

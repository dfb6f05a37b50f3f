"""Forward-auth through the proxies as they are shipped: cookies and addresses, byte for byte."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from e2e.conftest import started
from support import proxies
from support import scripted as scripted_upstream
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
    """Give the token of somebody who is signed in."""
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


# What the client sends, by Cookie field, with T for the token; what the service gets, or nothing
# where nobody is signed in.
COOKIES: dict[str, tuple[list[bytes], bytes | None]] = {
    "none": ([], None),
    "ours": ([b"holdfast=T"], b""),
    "ours, doubled": ([b"a=1; holdfast=T; holdfast=T; b=2"], b"a=1; b=2"),
    "in the middle": ([b"a=1; holdfast=T; b=2"], b"a=1; b=2"),
    "a name that ends like ours": ([b"x.holdfast=1; holdfast=T"], b"x.holdfast=1"),
    "a name with a hyphen": ([b"my-holdfast=1; holdfast=T"], b"my-holdfast=1"),
    "a value that looks like ours": (
        [b"a=http://b/?holdfast=1; holdfast=T; c=?__Host-holdfast=2"],
        b"a=http://b/?holdfast=1; c=?__Host-holdfast=2",
    ),
    "the neighbour alone": ([b"x.holdfast=T"], None),
    "several fields": ([b"a=1", b"holdfast=T", b"b=2"], b"a=1; b=2"),
    "several fields, ours first": ([b"holdfast=T", b"b=2"], b"b=2"),
    "several fields, ours last": ([b"a=1; b=2", b"holdfast=T"], b"a=1; b=2"),
    "an empty field": ([b"", b"holdfast=T"], b""),
    "a comma": ([b"a=1, holdfast=T"], None),
    "odd separators": ([b"a=1;holdfast=T;b=2"], b"a=1;b=2"),
    "what proxies may expand": (
        [b"a={env.HOME} %[env(HOME)] ${HOME} $remote_addr %{x}; holdfast=T"],
        b"a={env.HOME} %[env(HOME)] ${HOME} $remote_addr %{x}",
    ),
    "300 neighbours": (
        [b"; ".join([*(b"n%d=%d" % (n, n) for n in range(300)), b"holdfast=T"])],
        b"; ".join(b"n%d=%d" % (n, n) for n in range(300)),
    ),
    "8 KB": ([b"holdfast=T; a=" + b"x" * 7900], b"a=" + b"x" * 7900),
    "16 KB": ([b"holdfast=T; a=" + b"x" * 16_000], b"a=" + b"x" * 16_000),
    "16 KB in two fields": (
        [b"holdfast=T; a=" + b"x" * 7000, b"b=" + b"y" * 7000],
        b"a=" + b"x" * 7000 + b"; b=" + b"y" * 7000,
    ),
}


def cookies(head: bytes) -> bytes:
    """Return the one Cookie field of a request's head, empty where there is none."""
    fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    found = [value.strip(b" \t") for name, _, value in fields if name.lower() == b"cookie"]
    assert len(found) <= 1
    return b"".join(found)


def test_a_service_gets_the_other_cookies_and_no_byte_of_a_token(
    front: Front, token: bytes
) -> None:
    """Whatever stands beside the session cookie, the proxy lets in whom the gateway does.

    Report: authelia#235, oauth2-proxy#388 (cases F1, F20).
    Rule: RFC 6265, 5.4; ASVS 5.0, 14.2.1.
    """
    refused = []
    for name, (fields, others) in COOKIES.items():
        lines = [b"Cookie: " + field.replace(b"T", token) for field in fields]
        assert (get(front.gateway, b"/auth/verify", *lines).status == 204) == (others is not None)
        front.service.heads.clear()

        answer = get(front.url, b"/app", *lines)

        assert not any(token in head for head in front.service.heads), name
        if answer.status in REFUSED:
            refused.append(name)
        elif others is None:
            assert (answer.status, front.service.heads) == (401, []), name
        else:
            assert answer.status == 200, name
            assert cookies(front.service.heads[0]) == others, name
    # Some proxies take no request of such a size.
    assert set(refused) <= {"16 KB", "16 KB in two fields"}

"""The address of a listener is read once, in one form; what makes no sense is refused."""

from contextlib import nullcontext

import pytest

from servicekit.bind import Bind, refuse_overlap


@pytest.mark.parametrize(
    ("text", "host", "port", "for_gunicorn"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, "127.0.0.1:8080"),
        (" 0.0.0.0:80 ", "0.0.0.0", 80, "0.0.0.0:80"),  # noqa: S104 - parsed, not bound
        ("[::]:8080", "::", 8080, "[::]:8080"),
        ("[0:0::1]:65535", "::1", 65535, "[::1]:65535"),
        ("LocalHost:1", "localhost", 1, "localhost:1"),
        ("gateway-1.internal:08080", "gateway-1.internal", 8080, "gateway-1.internal:8080"),
    ],
)
def test_a_tcp_address_has_one_form(text: str, host: str, port: int, for_gunicorn: str) -> None:
    bind = Bind.parse(text)

    assert (bind.host, bind.port, bind.is_unix) == (host, port, False)
    assert str(bind) == for_gunicorn
    assert Bind.parse(for_gunicorn) == bind


@pytest.mark.parametrize("text", ["unix:/run/x.sock", "unix:///run/x.sock"])
def test_a_unix_socket_has_one_form(text: str) -> None:
    bind = Bind.parse(text)

    assert (bind.is_unix, bind.path, bind.port, str(bind)) == (
        True,
        "/run/x.sock",
        0,
        "unix:/run/x.sock",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("127.0.0.1", "no port"),
        ("[::1]", "no port"),
        ("::1", "no port"),
        ("localhost", "no port"),
        ("", "no port"),
        ("127.0.0.1:", "the port is not from 1 to 65535"),
        ("127.0.0.1:http", "the port is not from 1"),
        ("127.0.0.1:0", "the port is not from 1"),
        ("127.0.0.1:65536", "the port is not from 1"),
        ("127.0.0.1:-1", "the port is not from 1"),
        ("127.0.0.1:+80", "the port is not from 1"),
        ("127.0.0.1:8\u0660", "the port is not from 1"),
        ("127.0.0.1:8080/metrics", "a URL or a path"),
        (":8080", "no host"),
        ("fe80::1:8080", "brackets"),
        ("[fe80::1%eth0]:80", "a zone"),
        ("[127.0.0.1]:80", "not an IP address"),
        ("256.0.0.1:80", "not an IP address"),
        ("127.1:80", "not an IP address"),
        ("http://127.0.0.1:80", "a URL"),
        ("a b:80", "neither a name"),
        ("a_b:80", "neither a name"),
        ("-a:80", "neither a name"),
        ("*:80", "neither a name"),
        ("fd://3", "a URL"),
        ("unix:", "absolute path"),
        ("unix:run.sock", "absolute path"),
        ("unix:/" + "x" * 103, "more than 103 bytes"),
    ],
)
def test_what_is_no_address_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Bind.parse(text)


@pytest.mark.parametrize(
    ("bind", "name", "accepts"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80), True),
        ("127.0.0.1:80", ("127.0.0.2", 80), False),
        ("127.0.0.1:80", ("127.0.0.1", 81), False),
        ("127.0.0.1:80", ("::ffff:127.0.0.1", 80, 0, 0), True),
        ("127.0.0.1:80", "127.0.0.1:80", False),
        ("0.0.0.0:80", ("10.0.0.1", 80), True),
        ("0.0.0.0:80", ("fe80::1%eth0", 80, 0, 2), False),
        ("[::]:80", ("fe80::1%eth0", 80, 0, 2), True),
        ("[::]:80", ("::ffff:10.0.0.1", 80, 0, 0), True),
        ("[::]:80", ("::1", 81, 0, 0), False),
        ("[fe80::1]:80", ("fe80::1%eth0", 80, 0, 2), True),
        ("[::1]:80", ("::1", 80, 0, 0), True),
        ("[::1]:80", ("127.0.0.1", 80), False),
        ("[::ffff:127.0.0.1]:80", ("::ffff:127.0.0.1", 80, 0, 0), True),
        ("localhost:80", ("::1", 80, 0, 0), True),
        ("localhost:80", ("127.0.0.1", 81), False),
        ("unix:/a", "/a", True),
        ("unix:/a", "/b", False),
        ("unix:/a", ("127.0.0.1", 0), False),
        ("127.0.0.1:80", "", False),
    ],
)
def test_a_listener_knows_its_connections_by_their_local_address(
    bind: str, name: tuple[str, int] | str, accepts: bool
) -> None:
    assert Bind.parse(bind).accepts(name) == accepts


@pytest.mark.parametrize(
    ("public", "internal", "refused"),
    [
        ("127.0.0.1:80", "127.0.0.1:81", False),
        ("127.0.0.1:80", "127.0.0.2:80", False),
        ("127.0.0.1:80", "[::1]:80", False),
        ("0.0.0.0:80", "[::1]:80", False),
        ("unix:/a", "unix:/b", False),
        ("unix:/a", "127.0.0.1:80", False),
        ("localhost:80", "localhost:81", False),
        ("0.0.0.0:80", "0.0.0.0:81", False),
        ("127.0.0.1:80", "127.0.0.1:80", True),
        ("0.0.0.0:80", "127.0.0.1:80", True),
        ("[::]:80", "127.0.0.1:80", True),
        ("[::]:80", "0.0.0.0:80", True),
        ("[::]:80", "[::1]:80", True),
        ("[::ffff:127.0.0.1]:80", "127.0.0.1:80", True),
        ("localhost:80", "127.0.0.2:80", True),
        ("a:80", "b:80", True),
        ("unix:/a", "unix:/a", True),
    ],
)
def test_listeners_that_cannot_be_told_apart_are_refused(
    public: str, internal: str, refused: bool
) -> None:
    one, other = Bind.parse(public), Bind.parse(internal)
    for pair in ((one, other), (other, one)):
        with pytest.raises(ValueError, match="apart") if refused else nullcontext():
            refuse_overlap(*pair)

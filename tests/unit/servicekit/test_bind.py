"""The address of a listener is read once, in one form; what makes no sense is refused."""

import pytest

from servicekit.bind import Bind


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

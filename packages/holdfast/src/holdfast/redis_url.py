"""What the URL of a store tells: of one server, which the driver reads itself, or of several."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import redis
from redis.connection import SSLConnection, parse_url
from redis.exceptions import RedisError

from holdfast.redis_hosts import parse_host

# Of a host that names none, by kind.
_PORTS = {"sentinel": 26379, "cluster": 6379}
_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
# What the driver takes for each kind of client alike.
_TLS = (*_FILES, "ssl_cert_reqs", "ssl_check_hostname")


@dataclass(frozen=True, slots=True)
class Several:
    """Sentinels, with the name of the group they watch, or nodes of a cluster: `kind` tells which.

    `login` is for the servers, not for Sentinels, which have users of their own; `tls`, as the
    driver's options, is for both.
    """

    kind: str
    hosts: tuple[tuple[str, int], ...]
    group: str
    login: dict[str, Any]
    tls: dict[str, Any]


def several(url: str) -> Several | None:
    """Read `redis+sentinel://`, `redis+cluster://` and, with TLS, `rediss+...`; None: another one.

    Raises ValueError; the message tells no password.
    """
    parts = _split(url)
    scheme, _, kind = parts.scheme.partition("+")
    if kind not in _PORTS or scheme not in ("redis", "rediss"):
        return None
    login, _, places = parts.netloc.rpartition("@")
    try:
        hosts = tuple(parse_host(one, _PORTS[kind]) for one in places.split(","))
    except ValueError as error:
        raise ValueError(f"it names no hosts, as in host:6379,[::1]:6380: {error}") from None
    group = parts.path.removeprefix("/")
    if kind == "sentinel" and (not group or "/" in group):
        raise ValueError("it names no group of Sentinels, or more than that, as in /mymaster")
    if kind == "cluster" and group not in ("", "0"):
        raise ValueError("a cluster has no path: all of it is in database 0")
    return Several(kind, hosts, group, _login(login), _tls(scheme, parts))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("it is no URL") from None
    if parts.fragment:
        # What is behind it would be dropped, most likely the rest of a password and the host.
        raise ValueError("a # has to be written as %23")
    return parts


def _unknown(name: str, parts: SplitResult) -> ValueError:
    # With an "@" behind it the name is a part of a password that has a "?" in it.
    cut = "@" in parts.query + parts.fragment
    return ValueError("an option is unknown" if cut else f"an option is unknown: {name}")


def _login(text: str) -> dict[str, Any]:
    if not text:
        return {}
    name, _, password = text.partition(":")
    return {"username": unquote(name) or "default", "password": unquote(password)}


def _tls(scheme: str, parts: SplitResult) -> dict[str, Any]:
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    for name in names:
        if scheme != "rediss" or name not in _TLS:
            raise _unknown(name, parts)
    if scheme != "rediss":
        return {}
    told: dict[str, Any] = {**parse_url(f"rediss://?{parts.query}")}
    for name in names:
        if name not in told:
            raise ValueError(f"{name} is empty")
    return {"ssl": True, **{name: told[name] for name in names}}


def check_url(url: str) -> None:
    """Raise ValueError when no client can be made of a URL; the message tells no password."""
    parts = _split(url)
    named = dict(parse_qsl(parts.query))
    for name in _FILES:
        if name in named and not Path(named[name]).is_file():
            raise ValueError(f"{name} names no file")
    if "ssl_keyfile" in named and "ssl_certfile" not in named:
        raise ValueError("ssl_keyfile is there without ssl_certfile")
    place = several(url)
    try:
        if place is None:
            _check_one(url, parts)
        elif place.tls:
            SSLConnection(**{name: value for name, value in place.tls.items() if name != "ssl"})
    except RedisError as error:
        raise ValueError(f"an option of TLS makes no sense: {error}") from None


def _check_one(url: str, parts: SplitResult) -> None:
    if parts.scheme == "unix" and (not parts.path or parts.netloc.rpartition("@")[2]):
        raise ValueError("it names no socket by its whole path, as in unix:///run/redis.sock")
    if parts.scheme != "unix":
        _check_host(parts)
    try:
        redis.Redis.from_url(url).connection_pool.make_connection()
    except TypeError as error:
        raise _unknown(str(error).rpartition(" ")[2].strip("'"), parts) from None


def _check_host(parts: SplitResult) -> None:
    try:
        parse_host(parts.netloc.rpartition("@")[2], _PORTS["cluster"])
    except ValueError as error:
        raise ValueError(f"it names no host, as in host:6379/0: {error}") from None
    if not (parts.path.removeprefix("/") or "0").isdecimal():
        raise ValueError("its path is not the number of a database, as in host:6379/0")

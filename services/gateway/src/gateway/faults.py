"""What can be wrong with a service behind: a cause for the log, a sentence for the client."""

import errno
from typing import Any, NamedTuple

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from servicekit.problems import Problem

_UNREACHABLE, _TIMEOUT = "upstream-unreachable", "upstream-timeout"


class Cause(NamedTuple):
    """A kind of fault: its problem type, and what a client may read. It names no address."""

    problem: str
    detail: str


CAUSES = {
    "refused": Cause(_UNREACHABLE, "The service refused the connection."),
    "unknown-host": Cause(_UNREACHABLE, "The host name of the service cannot be resolved."),
    "no-connection": Cause(_UNREACHABLE, "The service cannot be reached over the network."),
    "untrusted-certificate": Cause(_UNREACHABLE, "The certificate of the service is not trusted."),
    "tls": Cause(_UNREACHABLE, "The service did not complete the TLS handshake."),
    "connect-timeout": Cause(_TIMEOUT, "The service did not take the connection in time."),
    "timeout": Cause(_TIMEOUT, "The service did not answer in time."),
    "malformed": Cause(_UNREACHABLE, "The answer of the service is not well-formed HTTP."),
    "framing": Cause(_UNREACHABLE, "The answer of the service leaves open where it ends."),
    "fields-too-large": Cause(
        _UNREACHABLE, "The header fields of the service's answer are above the limit."
    ),
    "broken-off": Cause(
        _UNREACHABLE, "The service closed the connection before its answer was complete."
    ),
    "bad-handshake": Cause(
        _UNREACHABLE, "The service accepted the WebSocket, but not as RFC 6455 requires."
    ),
}


class Fault(Problem):
    """An attempt to ask a service that failed. `cause` is a key of CAUSES."""

    def __init__(self, cause: str, /, **more: Any) -> None:
        problem, detail = CAUSES[cause]
        super().__init__(problem, detail, cause=cause, **more)
        self.cause = cause


class Unreached(Fault):
    """No connection came about, so nothing was sent: another instance may be asked."""


class BrokenOff(Fault):
    """The connection broke before an answer: whether the service acted is unknown."""


# The first that fits: aiohttp's errors are kinds of one another.
_OF_THE_CLIENT: tuple[tuple[type[Exception], type[Fault], str], ...] = (
    (aiohttp.ConnectionTimeoutError, Unreached, "connect-timeout"),
    (aiohttp.ClientConnectorDNSError, Unreached, "unknown-host"),
    (aiohttp.ClientConnectorCertificateError, Unreached, "untrusted-certificate"),
    (aiohttp.ClientSSLError, Unreached, "tls"),
    (aiohttp.ClientConnectorError, Unreached, "no-connection"),
    (TimeoutError, Fault, "timeout"),
    (Exception, BrokenOff, "broken-off"),
)


def fault_of(error: Exception) -> Fault:
    """Return what an error of the client library means."""
    if isinstance(error, HttpProcessingError):
        return BrokenOff(_of_parser(error))
    kind, cause = next((kind, cause) for of, kind, cause in _OF_THE_CLIENT if isinstance(error, of))
    if cause == "no-connection" and isinstance(error, aiohttp.ClientConnectorError):
        cause = "refused" if _is_refusal(error.os_error) else cause
    return kind(cause)


def _is_refusal(error: OSError) -> bool:
    # With several addresses of one name the error is made of theirs, and has only their text.
    return error.errno == errno.ECONNREFUSED or f"[Errno {errno.ECONNREFUSED}]" in str(error)


def _of_parser(error: HttpProcessingError) -> str:
    """Return the cause by the parser's message; it has no types for what it refuses."""
    text = error.message
    if text.startswith(("Got more than", "Too many headers")):
        return "fields-too-large"
    if "Content-Length" in text or "Transfer-Encoding" in text or "chunk" in text:
        return "framing"
    return "malformed"

"""Logs: constant events with fields, one JSON object a line, never a secret."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import msgspec
import structlog

from servicekit import request_id, trace

_HIDDEN = re.compile("token|password|cookie|authorization|csrf|pepper|secret", re.IGNORECASE)


_security = structlog.get_logger()


def security(event: str, **fields: Any) -> None:
    """Tell a security event (OWASP Logging Vocabulary); its field `security` sets it apart."""
    _security.info(event, security=True, **fields)


def hide_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask what should not have come here."""
    for name in event:
        if _HIDDEN.search(name):
            event[name] = "***"
    return event


def _with_request(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.setdefault("request_id", request_id.current.get())
    joined = trace.current.get()
    if joined is not None:
        event.setdefault("trace_id", joined.id)
    return event


def _encode(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()


def configure(service: str, instance: str, style: Literal["json", "console"]) -> None:
    """Set the process's logging up: structlog's and the standard library's, on stdout."""

    def origin(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        # A processor, since context variables do not reach the threads of a worker.
        return {**event, "service": service, "instance": instance}

    common: list[Any] = [
        origin,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _with_request,
        hide_secrets,
        structlog.processors.format_exc_info,
    ]
    last: Any = (
        structlog.processors.JSONRenderer(_encode)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[*common, last],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)

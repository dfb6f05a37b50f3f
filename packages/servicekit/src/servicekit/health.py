"""Readiness: real checks, each told by name and without its error's text."""

import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

Check = Callable[[], Any]
AsyncCheck = Callable[[], Awaitable[Any]]


def _answer(results: Mapping[str, tuple[bool, float]]) -> tuple[int, bytes]:
    good = all(ok for ok, _ in results.values())
    body = {
        "status": "ok" if good else "unavailable",
        "checks": {name: {"ok": ok, "ms": round(s * 1000)} for name, (ok, s) in results.items()},
    }
    status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    return status, msgspec.json.encode(body)


def ready(checks: Mapping[str, Check]) -> tuple[int, bytes]:
    """Run the checks, each of which bounds its own time; return status and JSON."""
    results = {}
    for name, check in checks.items():
        start = time.monotonic()
        try:
            check()
            good = True
        except Exception:  # noqa: BLE001 - whatever is wrong with a peer, it is not ready
            good = False
        results[name] = (good, time.monotonic() - start)
    return _answer(results)


async def ready_async(checks: Mapping[str, AsyncCheck]) -> tuple[int, bytes]:
    """Do the same on an event loop."""
    results = {}
    for name, check in checks.items():
        start = time.monotonic()
        try:
            await check()
            good = True
        except Exception:  # noqa: BLE001 - whatever is wrong with a peer, it is not ready
            good = False
        results[name] = (good, time.monotonic() - start)
    return _answer(results)

"""Requests: what they are, and a few of them sent outside of any measurement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.errors import BenchError

NAME, PASSWORD = "kingsley", "correct horse battery staple"
_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Request:
    """One request, sent over and over.

    `refused`: the right answer to it is a 4xx. `cookies`: each time another one of these.
    """

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    refused: bool = False
    cookies: Sequence[str] = ()


def json_request(method: str, url: str, cookie: str, body: Mapping[str, Any]) -> Request:
    """Make a request with a JSON body; without a cookie when that is empty."""
    headers = {"content-type": "application/json"} | ({"cookie": cookie} if cookie else {})
    return Request(method, url, headers, json.dumps(body))


def call(request: Request) -> httpx.Response:
    """Send a request once. Raises BenchError when it is refused or not answered."""
    try:
        answer = httpx.request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.body,
            timeout=_TIMEOUT_S,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        raise BenchError(f"{request.method} {request.url}: {error}") from None
    if answer.is_error:
        raise BenchError(f"{request.method} {request.url} answered {answer.status_code}")
    return answer


def sign_in(url: str, name: str = NAME) -> str:
    """Return the cookies of somebody who signed in. Raises BenchError."""
    body = {"username": name, "password": PASSWORD}
    answer = call(json_request("POST", url + "/login", "", body))
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

"""People who use a stack: a browser's cookie jar and the API's verbs."""

import secrets
import ssl
from collections.abc import Callable
from typing import Any

import httpx

OnAnswer = Callable[[httpx.Response], object]

PASSWORD = "correct horse battery staple"
# One for everybody: each client would read the system's certificates, to speak plain HTTP.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Person:
    """A client with one cookie jar and several gateways. `on_answer` sees every answer."""

    def __init__(self, *urls: str, on_answer: OnAnswer = lambda _: None) -> None:
        self.urls, self.name = urls, f"user-{secrets.token_hex(6)}"
        self._http = httpx.Client(timeout=15, trust_env=False, verify=NO_TLS)
        self._others, self._on_answer = list[Person](), on_answer

    def call(self, method: str, path: str, at: int = 0, **options: Any) -> httpx.Response:
        answer = self._http.request(method, self.urls[at % len(self.urls)] + path, **options)
        self._on_answer(answer)
        return answer

    def get(self, path: str, at: int = 0, **options: Any) -> httpx.Response:
        return self.call("GET", path, at, **options)

    def post(self, path: str, body: Any = None, at: int = 0, **options: Any) -> httpx.Response:
        return self.call("POST", path, at, json=body, **options)

    def register(self) -> "Person":
        answer = self.post("/register", {"username": self.name, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return self

    def log_in(self, at: int = 0, **more: Any) -> httpx.Response:
        return self.post("/login", {"username": self.name, "password": PASSWORD, **more}, at)

    def patch(self, *ops: dict[str, Any], at: int = 0, **options: Any) -> httpx.Response:
        return self.call("PATCH", "/session/data", at, json={"ops": list(ops)}, **options)

    @property
    def cookies(self) -> list[str]:
        """The names in the jar."""
        return [cookie.name for cookie in self._http.cookies.jar]

    @property
    def cookie(self) -> str | None:
        return self._http.cookies.get("holdfast")

    @cookie.setter
    def cookie(self, value: str) -> None:
        self._http.cookies.clear()
        self._http.cookies.set("holdfast", value, domain="127.0.0.1", path="/")

    def another(self) -> "Person":
        """Give the same person another, empty browser."""
        other = self.stranger()
        other.name = self.name
        return other

    def stranger(self) -> "Person":
        """Give somebody else on the same gateways, who is gone when this one is."""
        assert not self._http.is_closed, "nobody would close what this one opens"
        self._others.append(Person(*self.urls, on_answer=self._on_answer))
        return self._others[-1]

    def close(self) -> None:
        for one in self._others:
            one.close()
        self._http.close()

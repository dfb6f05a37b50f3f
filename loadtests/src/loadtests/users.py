"""Locust's users: each lives one kind of life after the other."""

from typing import TYPE_CHECKING, Any

import gevent
from locust import FastHttpUser, task
from locust.contrib.fasthttp import FastHttpSession
from locust.exception import StopUser

from loadtests.life import Account, Life, new_person
from loadtests.people import KINDS
from loadtests.record import UNKNOWN
from loadtests.targets.protocol import outcome_of
from loadtests.wire import Answer, Request

if TYPE_CHECKING:
    from loadtests.run import Run

_FUTILE, _FUTILE_SECONDS = 3, 1.0
"""Who could not even sign in waits a second before trying again."""


class LocustWire:
    """Sends over Locust's fast client, so that Locust's own statistics know every request."""

    def __init__(self, session: FastHttpSession) -> None:
        self._session = session
        # People hold their cookies themselves: they try old ones, and share them between tabs.
        session.client.cookiejar = None

    def send(self, base: str, request: Request) -> Answer:
        """See Wire.send. Only what failed is a failure to Locust: a 401 may be just right."""
        with self._session.request(
            request.method,
            base + request.path,
            request.name,
            data=request.body,  # type: ignore[arg-type] # It sends bytes as they are.
            headers=request.headers,
            catch_response=True,
        ) as response:
            answer = Answer(response.status_code, _headers(response), response.content or b"")
            if outcome_of(answer) in UNKNOWN:
                response.failure(f"{answer.status or response.error}")
            else:
                response.success()
        return answer


def _headers(response: Any) -> dict[str, str]:
    if response.headers is None:
        return {}
    found: dict[str, str] = {}
    for name, value in response.headers.iterlower():
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


class Person(FastHttpUser):
    """Somebody. `kind` names the life."""

    abstract = True
    kind = ""
    network_timeout = connection_timeout = 10.0

    def on_start(self) -> None:
        """Have a name, kept from life to life: an account costs a password hash."""
        self._account = Account(new_person(self.kind))
        self._wire = LocustWire(self.client)

    @task
    def live(self) -> None:
        """Live one life, and keep its history, however it ends."""
        run: Run = self.environment.holdfast  # Set by new_run.
        if run.draining:
            raise StopUser
        life = Life(
            self.kind,
            run.target,
            run.bases,
            self._wire,
            account=self._account,
            rounds=run.rounds,
            draining=lambda: run.draining,
        )
        with run.living():
            try:
                KINDS[self.kind].live(life)
            finally:
                self._account = life.account
                run.keep(life.history)
        if len(life.history.ops) < _FUTILE:
            gevent.sleep(_FUTILE_SECONDS)


class Visitor(Person):
    """Looks around, begins a cart as nobody, signs in and finds it again."""

    kind, weight = "visitor", 2


class Shopper(Person):
    """Fills a cart and looks at it from everywhere."""

    kind, weight = "shopper", 8


class ManyDevices(Person):
    """Signed in on three devices; ends some, changes an id and a password."""

    kind, weight = "many-devices", 1


class PollingTab(Person):
    """One tab polls, another works."""

    kind, weight = "polling-tab", 4


class DoubleClicker(Person):
    """Everything several times at once, also while signing out."""

    kind, weight = "double-clicker", 2


class LoginStorm(Person):
    """Signs in and out, again and again."""

    kind, weight = "login-storm", 1


class ExpiryWatcher(Person):
    """Waits for sessions to end of themselves, and asks around that moment."""

    kind, weight = "expiry-watcher", 2

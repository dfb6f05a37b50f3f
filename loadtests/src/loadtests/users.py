"""Locust's users: each lives one kind of life after the other."""

from typing import TYPE_CHECKING

import gevent
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser

from loadtests.devices import Account, new_person
from loadtests.http_wire import HttpWire
from loadtests.life import Life
from loadtests.people import KINDS
from loadtests.record import UNKNOWN
from loadtests.targets.protocol import outcome_of
from loadtests.wire import Answer, Request, now_us

if TYPE_CHECKING:
    from loadtests.run import Run

_FUTILE, _FUTILE_SECONDS = 3, 1.0
"""Who could not even sign in waits a second before trying again."""


class LocustWire:
    """Sends, and tells Locust's statistics of every request."""

    def __init__(self, environment: Environment) -> None:
        self._wire, self._told = HttpWire(), environment.events.request

    def send(self, base: str, request: Request) -> Answer:
        """See Wire.send. Only what failed is a failure to Locust: a 401 may be just right."""
        begun = now_us()
        answer = self._wire.send(base, request)
        failed = outcome_of(answer) in UNKNOWN
        self._told.fire(
            request_type=request.method,
            name=request.name,
            response_time=(now_us() - begun) / 1000,
            response_length=len(answer.body),
            exception=RequestFailed(answer.status or "no answer") if failed else None,
            context={},
        )
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()


class RequestFailed(Exception):
    """A request was answered by no more than a server error, if at all."""


class Person(User):
    """Somebody. `kind` names the life."""

    abstract = True
    kind = ""

    def on_start(self) -> None:
        """Have a name, kept from life to life: an account costs a password hash."""
        self._account = Account(new_person(self.kind))
        self._wire = LocustWire(self.environment)

    def on_stop(self) -> None:
        """Hang up."""
        self._wire.close()

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


class Patient(Person):
    """Comes back with the same cookie, whatever the answer was."""

    kind, weight = "patient", 1


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

"""One claim about a store, and what cases are made of."""

import inspect
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

from holdfast.conformance.harness import Harness
from holdfast.errors import HoldfastError
from holdfast.intents import Intent, Op
from holdfast.model import Ended, Lifetime, Reason, User
from holdfast.token import Token, bucket_of_user, random_bucket

LONG = Lifetime(1_800_000, 43_200_000)
Function = TypeVar("Function", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Case:
    """A claim in words; `run` raises where it is false, NotOffered where it cannot be asked."""

    topic: str
    name: str
    run: Callable[[Harness], None]

    def __str__(self) -> str:
        return self.name


def each(*rows: Sequence[Any]) -> Callable[[Function], Function]:
    """Make one case of a function for each row of arguments."""

    def mark(function: Function) -> Function:
        vars(function)["rows"] = rows
        return function

    return mark


def cases_of(module: ModuleType) -> list[Case]:
    """List a module's cases: its public functions, in their order. Their names are the claims."""
    topic = (module.__doc__ or "").splitlines()[0].rstrip(".")
    made = []
    for name, function in inspect.getmembers_static(module, inspect.isfunction):
        if function.__module__ != module.__name__ or name.startswith("_"):
            continue
        rows = vars(function).get("rows", [()])
        for number, row in enumerate(rows, 1):
            words = name.replace("_", " ") + (f" ({number})" if len(rows) > 1 else "")
            made.append(
                (function.__code__.co_firstlineno, Case(topic, words, _with(function, row)))
            )
    return [case for _, case in sorted(made, key=lambda pair: pair[0])]


def _with(function: Callable[..., None], row: Sequence[Any]) -> Callable[[Harness], None]:
    return lambda harness: function(harness, *row)


@contextmanager
def refusing(kind: type[HoldfastError]) -> Iterator[list[Any]]:
    """Demand that the block is refused with this error, which the list holds afterwards."""
    caught: list[Any] = []
    try:
        yield caught
    except kind as error:
        caught.append(error)
    else:
        raise AssertionError(f"not refused: {kind.__name__} was to be raised")


def someone() -> User:
    """Make a user nobody else has."""
    return User(secrets.token_urlsafe(16), "Kingsley", ("editor",))


def put(name: str, value: bytes, if_tag: str | None = None) -> Intent:
    """Make a `set`."""
    return Intent(Op.SET, name, value, if_tag)


def begin(
    harness: Harness,
    user: User | None = None,
    lifetime: Lifetime = LONG,
    intents: Sequence[Intent] = (),
) -> Token:
    """Begin a session."""
    token = Token.new(bucket_of_user(user.id) if user else random_bucket())
    epoch = harness.store.epoch(user.id) if user else ""
    harness.store.create(token, lifetime, user=user, epoch=epoch, intents=intents)
    return token


def reason(harness: Harness, token: Token) -> Reason | None:
    """Tell why a session is over; None for a live one."""
    found = harness.store.load(token, passive=True)
    return found.reason if isinstance(found, Ended) else None

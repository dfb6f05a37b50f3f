"""Kinds of people. Each is one life: what somebody does from sign-in until it is over.

A life ends in good order: it looks at its session until everything acknowledged is there
(`settle`), ends it, and tries the old cookie everywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loadtests import expiry
from loadtests.devices import Device
from loadtests.life import Life
from loadtests.record import Outcome, Verb

_BASIC = frozenset({Verb.LOGIN, Verb.READ, Verb.INCREMENT, Verb.APPEND, Verb.LOGOUT})
_SLOW_MS = 30
_SELDOM = 4
"""A list is read whole each time: it grows in every fourth round only."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of person, what it needs of a target, and which guarantees it exercises."""

    name: str
    live: Callable[[Life], None]
    needs: frozenset[Verb]
    exercises: frozenset[str]


def _rounds(life: Life, part: float = 1) -> range:
    return range(0 if life.draining() else max(1, int(life.rounds * part)))


def _gone(life: Life, device: Device) -> bool:
    return life.draining() or life.read(device).outcome is Outcome.GONE


def _leave(life: Life, device: Device) -> None:
    life.settle(device)
    life.logout(device)
    life.replay(device)


def visitor(life: Life) -> None:
    """Look around, begin a cart as nobody, sign in and find it again."""
    life.register()
    browser = life.device()
    for _ in _rounds(life, 0.2):
        life.read(browser)
    for number in _rounds(life, 0.5):
        if number % _SELDOM == 0:
            life.append(browser, "cart")
        if life.increment(browser, "visits").outcome is Outcome.REFUSED or _gone(life, browser):
            break
    before = browser.copy()
    if life.login(browser):
        life.read(before)
        life.increment(browser, "visits")
        _leave(life, browser)


def shopper(life: Life) -> None:
    """Fill a cart and look at it from everywhere."""
    life.register()
    phone = life.device()
    if not life.login(phone):
        return
    for number in _rounds(life):
        life.increment(phone, "visits")
        if number % _SELDOM == 0:
            life.append(phone, "cart")
        for _ in life.bases:
            life.read(phone)
        if life.can(Verb.SET):
            life.set(phone, "theme")
        if _gone(life, phone):
            break
    _leave(life, phone)


def patient(life: Life) -> None:
    """Come back with the same cookie, whatever the answer was."""
    life.register()
    phone = life.device()
    if not life.login(phone):
        return
    for _ in _rounds(life):
        if life.draining():
            break
        life.increment(phone, "visits")
        for _ in life.bases:
            life.read(phone)
    _leave(life, phone)


def many_devices(life: Life) -> None:
    """Three devices: change an id and a password, end one, end the others."""
    life.register()
    phone, laptop, tablet = (life.device() for _ in range(3))
    for one in (phone, laptop, tablet):
        if not life.login(one):
            return
    for one in (phone, laptop, tablet):
        for _ in _rounds(life, 0.3):
            life.increment(one, "visits")
            life.read(one)
        life.settle(one)
    before = phone.copy()
    life.rotate(phone)
    life.read(before)
    life.read(phone)
    life.end_one(phone, tablet)
    life.replay(tablet)
    life.end_others(phone, [laptop])
    life.replay(laptop)
    if life.login(laptop):
        before = phone.copy()
        life.change_password(phone, [laptop])
        life.replay(laptop)
        life.read(before)
    _leave(life, phone)


def polling_tab(life: Life) -> None:
    """One tab polls without keeping the session alive, another one works."""
    life.register()
    tab = life.device()
    if not life.login(tab):
        return
    for _ in _rounds(life):
        life.increment(tab, "visits")
        for _ in range(6):
            life.peek(tab)
        if _gone(life, tab):
            break
    _leave(life, tab)


def double_clicker(life: Life) -> None:
    """Everything several times at once, also while signing out."""
    life.register()
    browser = life.device()
    if not life.login(browser):
        return
    if life.can(Verb.SET):
        life.set(browser, "choice")
    for _ in _rounds(life, 0.4):
        life.together(*_clicks(life, browser))
        if _gone(life, browser):
            break
    life.settle(browser)
    late = [lambda: life.increment(browser, "visits", _SLOW_MS) for _ in range(3)]
    life.together(*late, lambda: life.logout(browser))
    life.replay(browser)


def _clicks(life: Life, browser: Device) -> list[Callable[[], object]]:
    clicks: list[Callable[[], object]] = []
    for _ in range(2):
        clicks.append(lambda: life.increment(browser, "visits", _SLOW_MS))
        clicks.append(lambda: life.append(browser, "cart", _SLOW_MS))
        if life.can(Verb.SET, Verb.VALUE):
            clicks.append(lambda: life.set_if_same(browser, "choice"))
    return clicks


def login_storm(life: Life) -> None:
    """Sign in, over a session still open too, and out, again and again."""
    life.register()
    browser = life.device()
    for _ in range(3):
        if not life.login(browser):
            return
        life.read(browser)
        before = browser.copy()
        if life.login(browser):
            life.read(before)
        _leave(life, browser)
        browser = life.device()


_ACCOUNT = frozenset({Verb.REGISTER})
_DEVICES = _ACCOUNT | {Verb.ROTATE, Verb.PASSWORD, Verb.END_ONE, Verb.END_OTHERS}
_ALWAYS = frozenset({"G1", "G2", "G3", "G5"})

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("visitor", visitor, _BASIC | _ACCOUNT, _ALWAYS | {"G6"}),
        Kind("shopper", shopper, _BASIC, _ALWAYS),
        Kind("patient", patient, _BASIC, _ALWAYS),
        Kind("many-devices", many_devices, _BASIC | _DEVICES, _ALWAYS | {"G6"}),
        Kind("polling-tab", polling_tab, _BASIC, _ALWAYS),
        Kind("double-clicker", double_clicker, _BASIC, _ALWAYS),
        Kind("login-storm", login_storm, _BASIC, frozenset({"G3", "G5", "G6"})),
        Kind("expiry-watcher", expiry.watch, _BASIC, frozenset({"G4"})),
    )
}

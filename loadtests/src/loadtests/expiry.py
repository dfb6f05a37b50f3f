"""Watching sessions end of themselves: who asks close enough to a deadline sees when it falls."""

import time

from loadtests.devices import Device
from loadtests.life import Life
from loadtests.record import Outcome, Verb

_BEFORE_SECONDS, _AFTER_SECONDS, _EVERY_SECONDS = 0.25, 0.3, 0.02
_SLICE_SECONDS = 0.2
_OFTEN = 0.4
"""Part of the idle time after which a session is asked again, to be kept alive."""


def watch(life: Life) -> None:
    """Let one session idle to its end, and keep another alive to its absolute end."""
    life.register()
    browser = life.device()
    if not life.login(browser):
        return
    if not life.can(Verb.PEEK):
        _one_shots(life, browser)
        return
    _watch_end(life, browser)
    browser = life.device()
    if life.login(browser):
        _keep_alive(life, browser)
        _watch_end(life, browser)


def _sleep(life: Life, seconds: float) -> None:
    """Sleep, unless the run is about to end."""
    until = time.monotonic() + seconds
    while not life.draining() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE_SECONDS))


def _keep_alive(life: Life, browser: Device) -> None:
    """Ask often enough until only the absolute deadline is left."""
    while not life.draining():
        _sleep(life, _OFTEN * browser.seconds_left())
        body = life.read(browser).body
        stamps = body.stamps if body else None
        if stamps is None or stamps.idle_expires_ms >= stamps.absolute_expires_ms:
            return


def _watch_end(life: Life, browser: Device) -> None:
    """Peek every few milliseconds from before the deadline until a while after it."""
    _sleep(life, browser.seconds_left() - _BEFORE_SECONDS)
    left = browser.seconds_left() + browser.unsure / 1e6
    until = time.monotonic() + max(0.0, left) + _AFTER_SECONDS
    while time.monotonic() < until and not life.draining():
        if life.peek(browser).outcome is Outcome.GONE:
            life.peek(browser)
            return
        time.sleep(_EVERY_SECONDS)


def _one_shots(life: Life, browser: Device) -> None:
    """Where every request may keep the session alive: ask once just before, then once just after.

    A write just before: with some systems only a change keeps it alive.
    """
    idle = life.target.idle_seconds or 0.0
    _sleep(life, idle - _BEFORE_SECONDS)
    if not life.draining() and life.increment(browser, "visits").outcome is Outcome.OK:
        _sleep(life, idle + _AFTER_SECONDS)
        if not life.draining():
            life.read(browser)

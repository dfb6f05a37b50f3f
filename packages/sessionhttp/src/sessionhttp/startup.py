"""What a service asks of the session store before it starts: there, ours, shut, and fit."""

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from holdfast import errors
from holdfast.redis_inspect import OLDEST, SLOTS, Inspection, inspect
from holdfast.redis_store import RedisStore
from holdfast.scripts import EVERY
from sessionhttp.settings import SessionSettings

TIMEOUT_SECONDS = 2.0
MOST_SECONDS_APART = 30
_FOREIGN = {
    "pepper": "HOLDFAST_PEPPER is not the one of the sessions in this store: give theirs as "
    "HOLDFAST_PEPPER_PREVIOUS, or choose another HOLDFAST_REDIS_PREFIX",
    "layout": "HOLDFAST_REDIS_URL leads to sessions of a later version that this one cannot read",
}


def check_store_or_exit(config: SessionSettings, scripts: Sequence[str] = EVERY) -> None:
    """End the process with one line when the store is not ours, not fit or turns us away.

    Warn in one line when it does not answer, for a service starts without it, and of what does
    not stop a start. `scripts`: those that the service runs.
    """
    try:
        found = inspect(config.redis_url, config.keys, scripts, TIMEOUT_SECONDS)
        unfit = why_unfit(found, config)
        if unfit:
            _stop("\n".join(unfit))
        _recognise(config, config.redis_url)
    except errors.ForeignStore as error:
        _stop(_FOREIGN[error.what])
    except errors.StoreDenied as error:
        _stop(f"HOLDFAST_REDIS_URL leads to a store that turns us away: {error}")
    except errors.StoreRejected as error:
        _stop(f"HOLDFAST_REDIS_URL leads to a store that does not run our scripts: {error}")
    except errors.StoreError as error:
        _warn(f"the store of HOLDFAST_REDIS_URL does not serve now ({error}); starting without it")
    else:
        for line in _worth_knowing(found):
            _warn(line)
        if urlsplit(config.redis_url).scheme != "unix" and _lets_anybody_in(config):
            _warn("the store of HOLDFAST_REDIS_URL lets anybody in without a password")


def why_unfit(found: Inspection, config: SessionSettings) -> list[str]:
    """Say in a line each why sessions are not safe in a store."""
    lines = []
    if found.refused:
        names = ", ".join(found.refused)
        lines.append(f"HOLDFAST_REDIS_URL leads to a store that refuses commands we need: {names}")
    if found.too_old:
        oldest = ".".join(map(str, OLDEST))
        lines.append(
            f"HOLDFAST_REDIS_URL leads to Redis {found.version}; we need {oldest} or later"
        )
    if evicts(found) and not config.allow_eviction:
        lines.append(
            "HOLDFAST_REDIS_URL leads to a store that evicts sessions when its memory is full: "
            f"its maxmemory-policy is {found.evicts}, not noeviction; HOLDFAST_ALLOW_EVICTION=true "
            "starts nevertheless"
        )
    return lines


def evicts(found: Inspection) -> bool:
    """Tell whether the store removes sessions when its memory is full."""
    return bool(found.evicts and found.memory_limit)


def _worth_knowing(found: Inspection) -> list[str]:
    lines = []
    if found.evicts is None:
        lines.append("the user of HOLDFAST_REDIS_URL may not ask whether the store evicts sessions")
    elif found.evicts:
        when = "when its memory is full" if found.memory_limit else "once it has a memory limit"
        lines.append(
            f"the store of HOLDFAST_REDIS_URL evicts sessions {when}: maxmemory-policy "
            f"{found.evicts}"
        )
    if found.slots is not None and found.slots < SLOTS:
        lines.append(f"the cluster of HOLDFAST_REDIS_URL serves {found.slots} of {SLOTS} slots")
    if abs(found.ahead_s) > MOST_SECONDS_APART:
        lines.append(
            f"the clock of HOLDFAST_REDIS_URL's store is {found.ahead_s:+.0f} s off this machine's"
        )
    return lines


def _recognise(config: SessionSettings, url: str) -> None:
    store = RedisStore(url, config.keys, timeout_s=TIMEOUT_SECONDS)
    try:
        store.recognise()
    finally:
        store.close()


def _lets_anybody_in(config: SessionSettings) -> bool:
    parts = urlsplit(config.redis_url)
    nobody = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    try:
        _recognise(config, nobody)
    except errors.StoreError:
        return False
    return True


def _warn(line: str) -> None:
    print(f"warning: {line}", file=sys.stderr)  # noqa: T201 - told before logs exist


def _stop(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201 - told before logs exist
    raise SystemExit(2)

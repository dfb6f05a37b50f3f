"""What a service asks of the session store before it starts: there, ours, and shut."""

import sys
from urllib.parse import urlsplit

from holdfast import errors
from holdfast.redis_store import RedisStore
from sessionhttp.settings import SessionSettings

TIMEOUT_SECONDS = 2.0
_FOREIGN = {
    "pepper": "HOLDFAST_PEPPER is not the one of the sessions in this store: give theirs as "
    "HOLDFAST_PEPPER_PREVIOUS, or choose another HOLDFAST_REDIS_PREFIX",
    "layout": "HOLDFAST_REDIS_URL leads to sessions of a later version that this one cannot read",
}


def check_store_or_exit(config: SessionSettings) -> None:
    """End the process with one line when the store is not ours or turns us away.

    Warn in one line when it does not answer, for a service starts without it, and when it lets
    anybody in. A Unix socket is shut by the rights of its file.
    """
    try:
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
        if urlsplit(config.redis_url).scheme != "unix" and _lets_anybody_in(config):
            _warn("the store of HOLDFAST_REDIS_URL lets anybody in without a password")


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

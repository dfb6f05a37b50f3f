"""States in which a Redis refuses calls, and the way out of each."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, NamedTuple

import redis
from support.until import until

from holdfast.errors import StoreDenied, StoreError, StoreFull, StoreUnavailable

SLOTS = 16384
LOAD_MICROSECONDS = 10_000_000
Enter = Callable[[Any], AbstractContextManager[None]]


class State(NamedTuple):
    """`enter` brings a server into it and out again; `error` is what calls raise meanwhile.

    `slow`: it answers late, so that one situation of each verb has to do.
    """

    name: str
    enter: Enter
    error: type[StoreError]
    options: tuple[str, ...] = ()
    servers: tuple[str, ...] = ("system", "wheel")
    slow: bool = False


def _setting(name: str, there: object, back: object) -> Enter:
    @contextmanager
    def enter(admin: Any) -> Iterator[None]:
        admin.config_set(name, there)
        yield
        admin.config_set(name, back)

    return enter


@contextmanager
def _following(admin: Any) -> Iterator[None]:
    """Follow a primary that is away."""
    admin.execute_command("REPLICAOF", "127.0.0.1", 1)
    yield
    admin.execute_command("REPLICAOF", "NO", "ONE")


@contextmanager
def _without_its_primary(admin: Any) -> Iterator[None]:
    with _setting("replica-serve-stale-data", "no", "yes")(admin), _following(admin):
        yield


@contextmanager
def _unable_to_save(admin: Any) -> Iterator[None]:
    shutil.rmtree(admin.config_get("dir")["dir"])
    admin.config_set("save", "3600 1")
    with suppress(redis.ResponseError):
        admin.bgsave()
    until(lambda: admin.info("persistence")["rdb_last_bgsave_status"] == "err", 10)
    yield
    admin.config_set("stop-writes-on-bgsave-error", "no")


@contextmanager
def _running_a_long_script(admin: Any) -> Iterator[None]:
    admin.config_set("lua-time-limit", 1)
    with redis.Redis(connection_pool=admin.connection_pool) as client:

        def run() -> None:
            with suppress(redis.RedisError):
                client.eval("while true do end", 0)

        thread = threading.Thread(target=run)
        thread.start()
        until(lambda: _busy(admin), 10)
        yield
        admin.script_kill()
        thread.join()


@contextmanager
def _loading(admin: Any) -> Iterator[None]:
    # Many small keys, for a server that loads looks at its clients once in a kilobyte.
    admin.eval("for n = 1, 5000 do redis.call('SET', 'filler:' .. n, n, 'EX', 600) end", 0)
    admin.config_set("key-load-delay", LOAD_MICROSECONDS // admin.dbsize())
    with redis.Redis(connection_pool=admin.connection_pool) as client:
        thread = threading.Thread(target=client.execute_command, args=("DEBUG", "RELOAD"))
        thread.start()
        until(lambda: admin.info("persistence")["loading"], 10)
        yield
        assert thread.is_alive(), "it was loaded too soon"
        admin.config_set("key-load-delay", 0)
        thread.join()


def _busy(admin: Any) -> bool:
    try:
        admin.get("x")
    except redis.ResponseError as error:
        return "BUSY" in str(error)
    return False


@contextmanager
def _with_no_room_for_clients(admin: Any) -> Iterator[None]:
    most = admin.config_get("maxclients")["maxclients"]
    admin.config_set("maxclients", admin.info("clients")["connected_clients"])
    yield
    admin.config_set("maxclients", most)


@contextmanager
def _without_its_slots(admin: Any) -> Iterator[None]:
    admin.execute_command("CLUSTER DELSLOTS", *range(SLOTS))
    until(lambda: _cluster_state(admin) == "fail", 10)
    yield
    serve_all_slots(admin)


def _cluster_state(admin: Any) -> str:
    return str(admin.execute_command("CLUSTER INFO")["cluster_state"])


def serve_all_slots(admin: Any) -> None:
    """Make a cluster of one node serve."""
    admin.execute_command("CLUSTER ADDSLOTS", *range(SLOTS))
    until(lambda: _cluster_state(admin) == "ok", 10)


CLUSTER = ("--cluster-enabled", "yes")
DEBUG = ("--enable-debug-command", "yes", "--loading-process-events-interval-bytes", "1024")
STATES = [
    State("OOM", _setting("maxmemory", 1, 0), StoreFull),
    State("READONLY", _following, StoreUnavailable),
    State("MASTERDOWN", _without_its_primary, StoreUnavailable),
    State("NOREPLICAS", _setting("min-replicas-to-write", 1, 0), StoreUnavailable),
    State("MISCONF", _unable_to_save, StoreUnavailable),
    State("BUSY", _running_a_long_script, StoreUnavailable),
    State("NOAUTH", _setting("requirepass", "0123456789", ""), StoreDenied),
    State("max-clients", _with_no_room_for_clients, StoreUnavailable),
    State("LOADING", _loading, StoreUnavailable, DEBUG, ("system",), slow=True),
    State("CLUSTERDOWN", _without_its_slots, StoreUnavailable, CLUSTER, ("system",)),
    State(
        "down-and-readonly",
        _without_its_slots,
        StoreUnavailable,
        (*CLUSTER, "--cluster-allow-reads-when-down", "yes"),
        ("wheel",),
    ),
]

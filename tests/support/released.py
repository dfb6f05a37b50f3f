"""The store of a released wheel, in a process of its own, used from here.

What is given and returned crosses by pickle, which knows classes by their names: the other
version's Session arrives as this one's.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

WHEELS = sorted((Path(__file__).parents[1] / "released").glob("holdfast-*.whl"))


class Released:
    """The verbs of another version's blocking store. Each thread has a connection of its own."""

    def __init__(self, address: str) -> None:
        self._address, self._mine = address, threading.local()

    def _connection(self) -> Connection:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = Client(self._address)
        found: Connection = self._mine.connection
        return found

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            connection = self._connection()
            connection.send((verb, args, named))
            done, what = connection.recv()
            if done:
                return what
            raise what

        return call


@contextmanager
def running(wheel: Path, url: str, keys: Any) -> Iterator[Released]:
    """Run the wheel's store on a Redis; yield it."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"{folder}/socket"
        env = {**os.environ, "PYTHONPATH": str(wheel)}
        process = subprocess.Popen(
            [sys.executable, __file__, address],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin
        assert process.stdout
        try:
            pickle.dump((url, keys), process.stdin)
            process.stdin.close()
            assert str(wheel) in process.stdout.readline().decode()
            yield Released(address)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def _serve(address: str) -> None:
    from holdfast import redis_store  # noqa: PLC0415 - the wheel's, in the process of its own

    url, keys = pickle.load(sys.stdin.buffer)  # noqa: S301 - the test that started us wrote it
    store = redis_store.RedisStore(url, keys, timeout_s=5)
    with Listener(address) as listener:
        print(redis_store.__file__, flush=True)  # noqa: T201 - whoever started us waits for it
        while True:
            threading.Thread(target=_answer, args=(listener.accept(), store), daemon=True).start()


def _answer(connection: Connection, store: Any) -> None:
    while True:
        try:
            verb, args, named = connection.recv()
        except EOFError:
            return
        try:
            reply = True, getattr(store, verb)(*args, **named)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told
            reply = False, error
        connection.send(reply)


if __name__ == "__main__":
    _serve(sys.argv[1])

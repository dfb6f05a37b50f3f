"""A Redis that holds the session of somebody who is signed in, and nothing else."""

from pathlib import Path

from bench.http import NAME
from devstack import redis_server
from devstack.ports import free_ports
from devstack.process import Process
from holdfast import Client, Keys, Lifetime, Token, User
from holdfast.calls import Call, Calls
from holdfast.model import Ended, Session
from holdfast.redis_store import RedisStore
from holdfast.token import bucket_of_user

_KEYS = Keys("hf", b"a pepper that guards nothing but figures")
_DAY_MS = 86_400_000
_USER = User("0" * 22, NAME, ())


class StoreWithSession:
    """`key` is where the session stands in Redis, `load` the library's call that reads it."""

    process: Process
    key: str
    load: Call[Session | Ended]

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (self.port,) = free_ports(1)

    def start(self) -> None:
        """Start it and begin the session. Raises NoRedisError, StartError."""
        tcp = ("--port", str(self.port), "--bind", "127.0.0.1")
        socket = self._folder / "redis.sock"
        self.process = redis_server.start(self._folder, socket, *tcp, durable=False)
        self.process.wait_ready()
        token = Token.new(bucket_of_user(_USER.id))
        store = RedisStore(f"redis://127.0.0.1:{self.port}", _KEYS, timeout_s=5)
        client = Client("127.0.0.1", "Firefox, Linux")
        store.create(token, Lifetime(_DAY_MS, _DAY_MS), user=_USER, client=client)
        # Sends the script as well: Redis knows it by its digest from here on.
        store.load(token)
        store.close()
        self.load = Calls(_KEYS).load(token, passive=False, with_data=True, touch_ms=30_000)
        self.key = self.load.key

    def stop(self) -> None:
        """End it."""
        if hasattr(self, "process"):
            self.process.stop()

"""Records written by layout 1 are read by every later version."""

from typing import Any

import redis

from holdfast import Client, Ended, Keys, Reason, Session, Token, User
from holdfast.redis_store import RedisStore

TOKEN = Token("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_")
FAR = 4_102_444_800_000
RECORD: dict[Any, Any] = {
    "l": 1,
    "p": b"s_AbCdEfGhIjKlMnOp",
    "u": b"GtZ4l2mRr0Zb1v3cX8eYqQ",
    "U": "Kéa".encode(),
    "R": b'["editor"]',
    "c": 1_795_465_904_250,
    "n": 1_795_465_904_251,
    "s": 1_795_465_904_252,
    "i": FAR,
    "a": FAR + 1,
    "w": 1_800_000,
    "v": 2,
    "I": b"192.0.2.1",
    "D": b"Firefox, Linux",
    "z": 11,
    "q": 1,
    ":cart": b"[[],{}]",
}


def test_a_record_of_layout_1_is_read_whole(redis_url: str, client: redis.Redis) -> None:
    keys = Keys("golden", b"pepper of the golden record, 32b")
    assert keys.base(TOKEN.bucket) == "golden:{3f}:"
    assert keys.suffix(TOKEN) == "dgV1bSvaDvXSWGahdSZ0LA4TBtVAEfiS"
    base = keys.base(TOKEN.bucket)
    client.hset(base + "s:" + keys.suffix(TOKEN), mapping=RECORD)
    client.hset(base + "u:GtZ4l2mRr0Zb1v3cX8eYqQ", "s_AbCdEfGhIjKlMnOp", keys.suffix(TOKEN))
    store = RedisStore(redis_url, keys, timeout_s=5)

    session = store.load(TOKEN, passive=True)
    assert isinstance(session, Session)
    assert session == Session(
        id="s_AbCdEfGhIjKlMnOp",
        user=User("GtZ4l2mRr0Zb1v3cX8eYqQ", "Kéa", ("editor",)),
        created_ms=1_795_465_904_250,
        authenticated_ms=1_795_465_904_251,
        last_seen_ms=1_795_465_904_252,
        idle_expires_ms=FAR,
        absolute_expires_ms=FAR + 1,
        idle_ms=1_800_000,
        remember=False,
        client=Client("192.0.2.1", "Firefox, Linux"),
        version=2,
        now_ms=session.now_ms,
        data={"cart": b"[[],{}]"},
    )
    store.close()


def test_a_tombstone_of_layout_1_tells_its_reason(redis_url: str, client: redis.Redis) -> None:
    keys = Keys("golden-tombstone", b"p" * 32)
    name = keys.base(TOKEN.bucket) + "s:" + keys.suffix(TOKEN)
    client.hset(name, mapping={"e": "revoked", "t": 1_795_465_904_250})
    store = RedisStore(redis_url, keys, timeout_s=5)

    assert store.load(TOKEN) == Ended(Reason.REVOKED, 1_795_465_904_250)
    store.close()

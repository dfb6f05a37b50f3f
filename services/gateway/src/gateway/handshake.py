"""Opens a WebSocket at an upstream (RFC 6455, 4.1). The only adapter to aiohttp's WebSockets."""

import asyncio
import base64
import hashlib
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http_websocket import WS_KEY, WebSocketReader, WebSocketWriter

from gateway.client import Client
from gateway.faults import BrokenOff, Fault
from gateway.forward import begin
from gateway.hop import READ_BYTES, SWITCHING, Hop
from gateway.order import Order

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

MOST_MESSAGE_BYTES = 1024 * 1024
_OF_THIS_HOP = (b"sec-websocket-", b"content-length")
_PROTOCOL = b"sec-websocket-protocol"

Socket = aiohttp.ClientWebSocketResponse[Any]


async def open_socket(client: Client, base: str, order: Order) -> Socket | Hop:
    """Return the upstream's side of a socket, or its answer where it refuses the handshake.

    `order`: a GET with the client's fields. The key is ours, extensions are not offered, so that
    no message is compressed. Raises Fault.
    """
    key = base64.b64encode(os.urandom(16))
    fields = [
        *(pair for pair in order.fields if not pair[0].startswith(_OF_THIS_HOP)),
        (b"connection", b"Upgrade"),
        (b"upgrade", b"websocket"),
        (b"sec-websocket-version", b"13"),
        (b"sec-websocket-key", key),
        *(pair for pair in order.fields if pair[0] == _PROTOCOL),
    ]
    try:
        # In all: each byte of an answer's head would begin the wait for the next anew.
        async with asyncio.timeout(order.seconds):
            hop = await begin(client, base, order._replace(fields=fields))
    except TimeoutError:
        raise Fault("timeout") from None
    if hop.status != SWITCHING:
        return hop
    try:
        protocol = _accepted(hop, key, _listed(order.fields, _PROTOCOL))
        return _socket_over(hop, protocol, client.loop)
    except BaseException:
        hop.close()
        raise


def _listed(fields: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """Return the members of a list field, in all its lines."""
    lines = [value for one, value in fields if one.lower() == name]
    return [part.strip(b" \t") for value in lines for part in value.split(b",")]


def _accepted(hop: Hop, key: bytes, offered: list[bytes]) -> str | None:
    """Return the subprotocol of a handshake that was accepted. Raises BrokenOff."""
    proof = base64.b64encode(hashlib.sha1(key + WS_KEY, usedforsecurity=False).digest())
    upgrades = [one.lower() for one in _listed(hop.fields, b"upgrade")]
    options = [one.lower() for one in _listed(hop.fields, b"connection")]
    chosen = _listed(hop.fields, _PROTOCOL)
    if (
        upgrades != [b"websocket"]
        or b"upgrade" not in options
        or _listed(hop.fields, b"sec-websocket-accept") != [proof]
        or _listed(hop.fields, b"sec-websocket-extensions")
        or len(chosen) > 1
        or not set(chosen) <= set(offered)
    ):
        raise BrokenOff("bad-handshake")
    return chosen[0].decode("latin-1") if chosen else None


def _socket_over(hop: Hop, protocol: str | None, loop: "AbstractEventLoop") -> Socket:
    """Hand the hop's connection to aiohttp's WebSocket, as aiohttp's own client does."""
    carrier, transport = hop.connection.protocol, hop.connection.transport
    if carrier is None or transport is None:
        raise BrokenOff("broken-off")
    carrier.read_timeout = None  # a socket may be silent for as long as it likes
    queue = WebSocketDataQueue(carrier, READ_BYTES, loop=loop)
    socket = aiohttp.ClientWebSocketResponse(
        queue,
        WebSocketWriter(carrier, transport, use_mask=True),
        protocol,
        # It is asked for its connection and closed, which a hop can, too.
        cast("aiohttp.ClientResponse", hop),
        aiohttp.ClientWSTimeout(),
        autoclose=False,
        autoping=True,
        loop=loop,
    )
    # It refuses a message of just this size.
    reader = WebSocketReader(queue, MOST_MESSAGE_BYTES + 1, compress=False, decode_text=True)
    socket._parser = reader  # noqa: SLF001 - which keeps it alive, as aiohttp's own client does
    carrier.set_parser(reader, queue)
    return socket

"""What an application receives of a request."""

import asyncio

import pytest

from gateway.request import no_body
from gateway.watch import Incoming


def test_behind_a_body_that_is_none_there_is_nothing_to_receive() -> None:
    """Who listens for the client's leaving, as streaming answers do, must wait and not spin."""

    async def story() -> None:
        incoming = Incoming(no_body)
        assert (await incoming.receive())["more_body"] is False
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await incoming.receive()

    asyncio.run(story())

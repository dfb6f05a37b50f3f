"""Commands packed beforehand are the bytes that the driver would send."""

from typing import Any

import hiredis
import pytest

from holdfast import Keys, Token
from holdfast.calls import Calls


@pytest.mark.parametrize("prefix", ["hf", "a%sb%%", "é:🐚"])
@pytest.mark.parametrize("previous", [None, b"q" * 32])
@pytest.mark.parametrize("passive", [True, False])
@pytest.mark.parametrize("with_data", [True, False])
def test_a_read_is_packed_as_the_driver_packs_it(
    prefix: str, previous: bytes | None, passive: bool, with_data: bool
) -> None:
    calls = Calls(Keys(prefix, b"p" * 32, previous))
    call = calls.load(Token.new(63), passive=passive, with_data=with_data, touch_ms=30_000)

    words: Any = call.words()
    assert call.packed == hiredis.pack_command(words)

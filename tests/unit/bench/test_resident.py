"""A process's memory, now and at its peak."""

import os
import sys

import pytest

from bench import resident

MIB = 2**20
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def test_a_peak_is_told_after_it_is_over_and_can_be_forgotten() -> None:
    me = os.getpid()
    before = resident.now_mib(me)
    block = bytearray(os.urandom(64 * MIB))
    assert resident.now_mib(me) > before + 48
    del block

    assert resident.peak_mib(me) > before + 48
    resident.forget_peak(me)
    assert resident.peak_mib(me) < before + 48

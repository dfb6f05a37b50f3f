"""Which instance is asked, and what may be asked of another."""

import asyncio

import pytest

from gateway.faults import BrokenOff, Fault, Unreached
from gateway.upstreams import Upstreams

URLS = ["a", "b", "c"]


class World:
    """Instances that fail as told, and a clock."""

    def __init__(self) -> None:
        self.now, self.asked = 0.0, list[str]()
        self.failing: dict[str, Fault] = {}
        self.upstreams = Upstreams(5, lambda: self.now)

    async def send(self, url: str) -> str:
        self.asked.append(url)
        if url in self.failing:
            raise self.failing[url]
        return url

    def ask(self, *, repeatable: bool = False) -> str:
        return asyncio.run(self.upstreams.ask(URLS, self.send, repeatable=repeatable))


def test_instances_are_taken_in_turn() -> None:
    world = World()
    assert [world.ask() for _ in range(6)] == ["b", "c", "a", "b", "c", "a"]


def test_one_that_cannot_be_reached_is_asked_last_for_a_while() -> None:
    world = World()
    world.failing["b"] = Unreached("refused")
    assert world.ask() == "c"
    world.asked.clear()
    assert {world.ask() for _ in range(6)} == {"a", "c"}
    assert "b" not in world.asked

    world.now, world.failing = 5.1, {}
    assert {world.ask() for _ in range(3)} == set(URLS)


def test_all_that_fail_are_still_asked_and_the_last_one_tells() -> None:
    world = World()
    world.failing = dict.fromkeys(URLS, Unreached("connect-timeout"))
    for _ in range(2):
        world.asked.clear()
        with pytest.raises(Unreached) as failed:
            world.ask()
        assert failed.value.name == "upstream-timeout"
        assert sorted(world.asked) == URLS


@pytest.mark.parametrize(("repeatable", "count"), [(False, 1), (True, 3)])
def test_what_broke_off_goes_on_only_if_repeating_does_no_harm(
    repeatable: bool, count: int
) -> None:
    world = World()
    world.failing = dict.fromkeys(URLS, BrokenOff("broken-off"))
    with pytest.raises(BrokenOff):
        world.ask(repeatable=repeatable)
    assert len(world.asked) == count


def test_any_other_failure_is_told_at_once() -> None:
    world = World()
    world.failing = dict.fromkeys(URLS, Fault("timeout"))
    with pytest.raises(Fault):
        world.ask(repeatable=True)
    assert len(world.asked) == 1

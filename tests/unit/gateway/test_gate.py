"""The gate in front of auth, before a model of auth that refuses beyond its places."""

import asyncio
from dataclasses import dataclass

import pytest

from gateway.gate import LEAST, MOST, START, Gate, leads_through
from servicekit.problems import Problem


@dataclass
class Answer:
    status: int


class Auth:
    """Serves one at a time, keeps `places` waiting, and refuses whoever comes then."""

    def __init__(self, places: int) -> None:
        self.places, self.taken, self.refusals, self.served = places, 0, 0, 0
        self._slot = asyncio.Semaphore(1)

    async def ask(self) -> Answer:
        if self.taken >= self.places:
            self.refusals += 1
            await asyncio.sleep(0)
            return Answer(503)
        self.taken += 1
        async with self._slot:
            await asyncio.sleep(0)
        self.taken -= 1
        self.served += 1
        return Answer(200)


async def storm(gate: Gate, auth: Auth, people: int) -> list[int]:
    """Let people ask at once; return the statuses, 0 for who was turned away at the gate."""
    asked = (gate.through(auth.ask) for _ in range(people))
    statuses = list[int]()
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(answer, Answer):
            statuses.append(answer.status)
        else:
            assert isinstance(answer, Problem)
            assert answer.name == "auth-unavailable"
            assert 1 <= int(answer.headers()["retry-after"]) <= 5
            statuses.append(0)
    return statuses


async def never() -> Answer:
    await asyncio.Event().wait()
    return Answer(200)


def test_of_a_storm_no_more_reaches_auth_than_the_gate_begins_with() -> None:
    async def run() -> None:
        gate, auth = Gate(), Auth(places=5)
        for _ in range(50):
            statuses = await storm(gate, auth, 200)
            assert set(statuses) <= {0, 200, 503}
            assert 200 in statuses
        assert auth.served > 50 * 3, "places are used"
        assert auth.refusals < 50 * START, "of 10,000 who came, few get as far as a refusal"

    asyncio.run(run())


def test_the_limit_grows_for_an_auth_that_takes_more() -> None:
    async def run() -> None:
        gate, auth = Gate(), Auth(places=10_000)
        for _ in range(200):
            assert 503 not in await storm(gate, auth, 100)
        assert 100 <= gate.limit <= MOST
        assert auth.refusals == 0

    asyncio.run(run())


def test_those_of_one_burst_cut_the_limit_once() -> None:
    async def run() -> None:
        gate, auth = Gate(), Auth(places=5)
        await storm(gate, auth, 200)
        assert START / 2 < gate.limit < START

    asyncio.run(run())


def test_auth_out_of_reach_says_nothing_of_its_places() -> None:
    async def run() -> None:
        gate = Gate()

        async def broken() -> Answer:
            raise Problem("auth-unavailable")

        for _ in range(100):
            with pytest.raises(Problem):
                await gate.through(broken)
        assert gate.limit == START

    asyncio.run(run())


def test_after_an_outage_that_auth_told_the_gate_is_wide_again_soon() -> None:
    """As many people as before sign in at once again, after few have."""

    async def run() -> None:
        gate, auth = Gate(), Auth(places=0)
        for _ in range(100):
            await storm(gate, auth, 1)
        assert gate.limit == LEAST
        auth.places = 50
        for _ in range(20):
            assert await storm(gate, auth, 1) == [200]
        assert await storm(gate, auth, 16) == [200] * 16

    asyncio.run(run())


def test_who_leaves_while_waiting_gives_the_place_back() -> None:
    async def run() -> None:
        gate = Gate()
        for _ in range(100):
            waiting = asyncio.create_task(gate.through(never))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        assert (await storm(gate, Auth(places=1), 1)) == [200]

    asyncio.run(run())


def test_who_leaves_while_waiting_does_not_make_the_place_scarcer() -> None:
    """Else whoever hangs up often could keep everybody else out."""

    async def run() -> None:
        gate = Gate()
        waiting = [asyncio.create_task(gate.through(never)) for _ in range(10)]
        await asyncio.sleep(0)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert gate.limit == START

    asyncio.run(run())


def test_of_many_who_sign_in_at_once_one_begins_in_each_turn_of_the_loop() -> None:
    """Whatever else there is to do goes between any two of them."""

    async def run() -> None:
        gate, seen = Gate(), list[str]()

        async def sign_in() -> None:
            await gate.turn()
            seen.append("sign-in")

        async def read() -> None:
            while not all(one.done() for one in people):
                seen.append("read")
                await asyncio.sleep(0)

        people = [asyncio.create_task(sign_in()) for _ in range(50)]
        await read()
        assert seen.count("sign-in") == 50
        assert "sign-in,sign-in" not in ",".join(seen)

    asyncio.run(run())


def test_only_what_costs_a_hash_leads_through_the_gate() -> None:
    assert all(leads_through("POST", path) for path in ("/login", "/register", "/password"))
    assert not leads_through("GET", "/login")
    assert not leads_through("POST", "/logout")

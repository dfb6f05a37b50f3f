"""Notes that are held back add up to what they would be if written at once."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from servicekit import notes
from servicekit.metrics import RequestMetrics
from servicekit.notes import AtOnce, Held

SEEN = st.tuples(
    st.sampled_from(["GET", "POST", "BREW"]),
    st.sampled_from(["/session", "other"]),
    st.sampled_from([200, 401]),
    st.floats(0, 20).map(lambda seconds: round(seconds, 3)) | st.sampled_from([0.001, 10.0]),
)


def samples(registry: CollectorRegistry) -> dict[str, float]:
    return {
        f"{one.name}{sorted(one.labels.items())}": round(one.value, 6)
        for family in registry.collect()
        for one in family.samples
        if not one.name.endswith("_created")
    }


@given(st.lists(st.lists(SEEN)))
def test_what_is_held_and_written_in_any_portions_is_what_is_written_at_once(
    portions: list[list[tuple[str, str, int, float]]],
) -> None:
    async def run() -> tuple[dict[str, float], dict[str, float]]:
        one, other, held = CollectorRegistry(), CollectorRegistry(), Held()
        written, summed = RequestMetrics(one, AtOnce()), RequestMetrics(other, held)
        for portion in portions:
            for seen in portion:
                written.observe(*seen)
                summed.observe(*seen)
            held.write()
        return samples(one), samples(other)

    at_once, added_up = asyncio.run(run())
    assert at_once == added_up


def test_what_nobody_asks_for_is_written_after_a_while() -> None:
    async def run() -> None:
        registry = CollectorRegistry()
        metrics = RequestMetrics(registry, Held())
        metrics.observe("GET", "/session", 200, 0.01)
        labels = {"method": "GET", "route": "/session", "status": "200"}

        def count() -> float | None:
            return registry.get_sample_value("http_requests_total", labels)

        assert count() == 0
        async with asyncio.timeout(notes.HELD_SECONDS * 20):
            while count() != 1:  # noqa: ASYNC110 - nobody tells when they are written
                await asyncio.sleep(0.05)

    asyncio.run(run())

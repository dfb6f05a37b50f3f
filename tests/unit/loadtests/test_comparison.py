"""The table of `make compare`: each question is answered for everybody, or said not to be asked."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from loadtests import comparison, comparison_picture, contenders
from loadtests.profiles import UsageError


def verdict(failed: int = 0, checks: int = 100, **more: Any) -> dict[str, Any]:
    score = {"checks": checks, "failed": failed}
    guarantees = {f"G{number}": score for number in range(1, 9)}
    return {"guarantees": guarantees, "sustained_per_second": 1812, "session_p99_ms": 21.4, **more}


def outage(failed: int = 0, checks: int = 16, **more: Any) -> dict[str, Any]:
    fault = {"answers": {"503": 60, "0": 40}, "median_ms": 2.4, "recovered_ms": 120.0}
    fault |= {"cookies_taken": 0, **more}
    return verdict(failed, checks, faults=[fault])


def phases(races: dict[str, Any], outage: dict[str, Any]) -> comparison.Phases:
    return {"races": races, "rate": verdict(), "outage": outage}


GOOD = comparison.cells(phases(verdict(), outage()))
BAD = comparison.cells(phases(verdict(7), outage(3)))


def test_each_row_says_how_many_failed_of_how_many() -> None:
    assert {question: str(cell) for question, cell in BAD.items()} == {
        "lost updates": "7 of 100",
        "undone logouts": "7 of 100",
        "wrong expiry": "7 of 100",
        "cross-talk": "7 of 100",
        "survives Redis kill": "no 3 lost of 16",
        "answers during outage": "503 60%, in 2 ms",
        "requests/s": "1,812",
        "p99": "21 ms",
    }
    assert str(GOOD["survives Redis kill"]) == "yes 16 of 16, after 120 ms"
    assert [cell.good for cell in GOOD.values()] == [True] * 6 + [None] * 2
    assert [cell.good for cell in BAD.values()] == [False] * 6 + [None] * 2


def test_what_could_not_be_asked_is_no_pass() -> None:
    """Nothing can be broken where the servers are not ours, and no checks are no proof."""
    told = comparison.cells({"races": verdict(0, 0), "rate": verdict()})

    assert {str(cell) for cell in list(told.values())[:6]} == {"not asked"}
    assert {cell.good for cell in told.values()} == {None}


def test_who_answers_nothing_after_an_outage_did_not_survive_it() -> None:
    for seen in (outage(recovered_ms=None, checks=0), outage(checks=0, cookies_taken=3)):
        told = comparison.cells(phases(verdict(), seen))

        assert told["survives Redis kill"].good is False


def test_an_outage_that_no_session_lasted_through_is_neither_survived_nor_not() -> None:
    told = comparison.cells(phases(verdict(), outage(checks=0)))

    assert str(told["survives Redis kill"]) == "not shown nobody stayed"
    assert told["survives Redis kill"].good is None


def test_text_and_picture_have_every_contender_and_every_answer() -> None:
    answers = {"holdfast": GOOD, "<other>": BAD}
    lines = comparison.text(answers).splitlines()
    picture = ET.fromstring(comparison_picture.draw(answers, "2 cores"))  # noqa: S314 - ours
    drawn = {"".join(one.itertext()) for one in picture.iter() if one.tag.endswith("text")}

    assert lines[0].split() == ["holdfast", "<other>"]
    assert lines[1].endswith("  7 of 100")
    assert {"holdfast", "<other>", "7", "of 100", "1,812", "2 cores", *comparison.ROWS} <= drawn


@pytest.mark.parametrize("told", ["no-such", "=http://127.0.0.1:1", "name="])
def test_an_unknown_contender_is_one_line(told: str) -> None:
    with pytest.raises(UsageError, match=r"is no NAME=URL,URL and none of express-session, "):
        contenders.named(told, 4)

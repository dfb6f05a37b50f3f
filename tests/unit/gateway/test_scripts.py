"""The start-up check asks for the rights to what the gateway calls, no more and no less."""

import re
from pathlib import Path

import gateway
from gateway.app import SCRIPTS

NAMED_OTHERWISE = {"attempt": "count"}


def test_the_gateway_names_the_scripts_of_all_verbs_that_it_calls() -> None:
    """A verb that is called and not named would be refused at its first request only."""
    files = Path(gateway.__file__).parent.rglob("*.py")
    text = "\n".join(file.read_text() for file in files)
    called = set(re.findall(r"(?:\b|_)store\.([a-z_]+)\b", text)) - {"close"}
    assert {NAMED_OTHERWISE.get(one, one) for one in called} == set(SCRIPTS)

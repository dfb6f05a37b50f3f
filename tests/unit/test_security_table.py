"""The documents say what the tests show, no more."""

import tomllib

import pytest
from security_table import DOCUMENTS, REQUIREMENTS, ROOT, rendered, shown


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_table_is_made_of_todays_tests(document: str) -> None:
    told = (ROOT / "docs" / document).read_text()
    assert told == rendered(document), "run: python tests/security_table.py"


def test_what_is_met_has_a_test_and_what_is_not_has_a_reason() -> None:
    tested = shown()
    for name, told in tomllib.loads(REQUIREMENTS.read_text()).items():
        assert ("not_met" in told) is (name not in tested), name

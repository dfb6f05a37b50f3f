"""The documents say what the tests show, no more."""

import pytest
from security_table import DOCUMENTS, ROOT, every_test, ids_of, rendered, requirements, shown, told


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_table_is_made_of_todays_tests(document: str) -> None:
    text = (ROOT / "docs" / document).read_text()
    assert text == rendered(document), "run: python tests/security_table.py"


def test_what_is_met_has_a_test_and_what_is_not_has_a_reason() -> None:
    tested = shown()
    for name, one in requirements().items():
        reasons = {"not_met", "measured"} & one.keys()
        assert bool(reasons) is (name not in tested), name


def test_tests_told_of_by_name_are_there() -> None:
    assert told()["also"].keys() <= {name for name, _ in every_test()}
    assert {one for ids in told()["also"].values() for one in ids} <= requirements().keys()


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("test_COO_01_COO_02_the_cookie", {"COO-01", "COO-02"}),
        ("test_OUT_02_03_the_refusal_and_OUT_05_nothing", {"OUT-02", "OUT-03", "OUT-05"}),
        ("test_GUN_13_and_16_the_command", {"GUN-13", "GUN-16"}),
        ("test_K8S_01_probes", {"K8S-01"}),
        ("test_HTTP_is_no_id_nor_is_PRX_1", set()),
    ],
)
def test_ids_are_read_from_names(name: str, ids: set[str]) -> None:
    assert ids_of(name) == ids

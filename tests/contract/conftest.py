"""The contract's cases are the published kit's: what we ask of ourselves we ask of everybody."""

import pytest

pytest.register_assert_rewrite("holdfast.conformance")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that asks for a `case` all of them."""
    from holdfast.conformance import CASES  # noqa: PLC0415 - after its asserts are rewritten

    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=str)

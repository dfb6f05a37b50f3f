"""The contract's cases are the published kit's: what we ask of ourselves we ask of everybody."""

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that asks for a `case` all of them."""
    from holdfast.conformance import CASES  # noqa: PLC0415 - after its asserts are rewritten

    if "case" in metafunc.fixturenames:
        later = getattr(metafunc.module, "LATER", ())
        metafunc.parametrize("case", [one for one in CASES if str(one) not in later], ids=str)

"""Both drop-ins, each on the real Redis."""

from collections.abc import Callable
from typing import Any

import pytest
from support.dropins import APPS, Browser

from holdfast.redis_store import RedisStore


@pytest.fixture(params=APPS)
def make(request: pytest.FixtureRequest, store: RedisStore) -> Callable[..., Browser]:
    """Give a way to make an application, and a browser that shows it."""

    def made(**more: Any) -> Browser:
        return Browser(APPS[request.param](store, **more))

    return made


@pytest.fixture
def browser(make: Callable[..., Browser]) -> Browser:
    return make()

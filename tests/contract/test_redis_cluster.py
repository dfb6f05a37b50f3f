"""The contract on a real Redis Cluster of three nodes: every script stays in one slot."""

from collections.abc import Iterator

import pytest
from support import redis_cluster

from holdfast.conformance import Case, RealTime
from holdfast.keys import Keys
from holdfast.redis_store import RedisStore


@pytest.fixture(scope="module")
def cluster_url() -> Iterator[str]:
    with redis_cluster.running() as cluster:
        yield cluster.url


def test_redis_cluster_store(case: Case, cluster_url: str, keys: Keys) -> None:
    store = RedisStore(cluster_url, keys, timeout_s=5)
    case.run(RealTime(store, rounds=200))
    store.close()

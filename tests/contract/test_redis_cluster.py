"""The contract on a real Redis Cluster of three nodes: every script stays in one slot."""

from collections.abc import Iterator

import pytest
from contract.store_contract import StoreContract
from contract.test_redis import RealTime
from support import redis_cluster

from holdfast.keys import Keys
from holdfast.redis_store import RedisStore


@pytest.fixture(scope="module")
def cluster_url() -> Iterator[str]:
    with redis_cluster.running() as url:
        yield url


class TestRedisClusterStore(StoreContract):
    @pytest.fixture
    def harness(self, cluster_url: str, keys: Keys) -> Iterator[RealTime]:
        store = RedisStore(cluster_url, keys, timeout_s=5)
        yield RealTime(store)
        store.close()

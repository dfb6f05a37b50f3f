"""What a service's /metrics says, read by the client library's own parser."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from devstack.stack import Stack

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(stack: Stack, *names: str) -> Samples:
    """Return the samples of instances, summed over them."""
    found: Samples = {}
    for name in names:
        url = f"http://127.0.0.1:{stack.internal[name]}/metrics"
        text = httpx.get(url, trust_env=False, timeout=10).text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                found[key] = found.get(key, 0) + sample.value
    return found


def total(samples: Samples, name: str, **labels: str) -> float:
    """Add up the samples of a name that have these labels."""
    return sum(
        value
        for (sample, pairs), value in samples.items()
        if sample == name and labels.items() <= dict(pairs).items()
    )

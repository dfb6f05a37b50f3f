"""What Locust runs: `locust -f loadtests/locustfile.py --host http://127.0.0.1:8080`.

Several addresses: `--host http://127.0.0.1:8080,http://127.0.0.1:8081`.
"""

from locust import events

from loadtests.plugin import install
from loadtests.users import (
    DoubleClicker,
    ExpiryWatcher,
    LoginStorm,
    ManyDevices,
    Patient,
    PollingTab,
    Shopper,
    Visitor,
)

__all__ = [
    "DoubleClicker",
    "ExpiryWatcher",
    "LoginStorm",
    "ManyDevices",
    "Patient",
    "PollingTab",
    "Shopper",
    "Visitor",
]

install(events)

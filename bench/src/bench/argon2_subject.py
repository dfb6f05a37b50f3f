"""Password hashing alone: what logins could be at the very most."""

import os
import time
from statistics import quantiles

from auth.passwords import Passwords
from bench.http import PASSWORD
from bench.lanes import ARGON2, LOGIN
from bench.measurement import Load, Measurement
from bench.subject import Subject


class Argon2Subject(Subject):
    """One thread of this process, on the servers' core, verifies one password after another."""

    name, title, works = ARGON2, "Argon2id as for a login, one thread", (LOGIN,)

    def start(self) -> None:
        """Make the hash."""
        self._passwords = Passwords()
        self._hash = self._passwords.hash(PASSWORD)
        self.groups = {os.getpgrp()}

    def measure(self, work: str, load: Load) -> Measurement:  # noqa: ARG002 - it does but one
        """Verify for a while."""
        began = last = time.perf_counter()
        times = []
        while last - began < load.seconds:
            self._passwords.verify(self._hash, PASSWORD)
            now = time.perf_counter()
            times.append((now - last) * 1000)
            last = now
        cuts = quantiles(times, n=100, method="inclusive")
        return Measurement(len(times) / (last - began), cuts[49], cuts[98], len(times), 0)

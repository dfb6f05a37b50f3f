class BenchError(Exception):
    """The benchmark cannot run or means nothing; the message is one line that says why."""


class NotHere(BenchError):
    """One of those we compare with cannot be had on this machine."""

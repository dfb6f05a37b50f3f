class BenchError(Exception):
    """The benchmark cannot run or means nothing; the message is one line that says why."""

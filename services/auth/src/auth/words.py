"""Times and devices in words, for pages."""

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 24 * 3600
_RECENT_DAYS = 7


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def duration(seconds: int) -> str:
    """Write a length of time in its largest unit, rounded up: 901 s are "16 minutes"."""
    for length, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds > length:
            return _count(-(-seconds // length), unit)
    return _count(seconds, "second")


def ago(ms: int, now_ms: int) -> str:
    """Write how long ago a moment was, both in Unix ms; after a week, its date."""
    seconds = (now_ms - ms) // 1000
    if seconds < _MINUTE:
        return "just now"
    if seconds >= _RECENT_DAYS * _DAY:
        return "on " + date(ms)
    for length, unit in ((_DAY, "day"), (_HOUR, "hour")):
        if seconds >= length:
            return _count(seconds // length, unit) + " ago"
    return _count(seconds // _MINUTE, "minute") + " ago"


def date(ms: int) -> str:
    """Write a day of UTC: "3 May 2026"."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment.day} {moment:%B %Y}"


def moment(ms: int) -> str:
    """Write a minute of UTC: "3 May 2026, 14:05 UTC"."""
    return f"{date(ms)}, {datetime.fromtimestamp(ms / 1000, UTC):%H:%M} UTC"


def device(described: str) -> str:
    """Write "Firefox, Linux" as "Firefox on Linux"."""
    browser, _, system = described.partition(", ")
    if browser in ("", "unknown"):
        return "Unknown device"
    return f"{browser} on {system}" if system else browser

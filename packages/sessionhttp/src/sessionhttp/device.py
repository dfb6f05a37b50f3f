"""A User-Agent in words for a device list: "Firefox, Linux". Words, not facts: it can be forged."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "Python"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def describe(user_agent: str) -> str:
    """Return "browser, system" in at most 64 bytes, with what is not recognised left out."""
    words = []
    for table in (_BROWSERS, _SYSTEMS):
        words += [word for mark, word in table if mark.lower() in user_agent.lower()][:1]
    return ", ".join(words) or "unknown"

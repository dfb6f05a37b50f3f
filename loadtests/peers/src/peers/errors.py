class PeerError(Exception):
    """A peer cannot be had here; the message is one line that says what to do."""

"""A small shop whose cart lives in the shared session."""

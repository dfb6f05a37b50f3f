"""The edge of Holdfast."""

"""Holdfast and other session stacks doing the same work, side by side on one core."""

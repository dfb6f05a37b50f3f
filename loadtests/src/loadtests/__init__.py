"""Load tests that check: people, what they saw, and what that proves."""

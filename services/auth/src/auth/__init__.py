"""Accounts, passwords and sign-in of Holdfast."""

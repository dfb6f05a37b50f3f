"""Secrets that are made in a folder of somebody's machine are for nobody else on it."""

from pathlib import Path

from support import kustomize


def test_nobody_else_looks_into_the_folder_of_secrets(tmp_path: Path) -> None:
    secrets = kustomize.checkout(tmp_path) / "overlays/local/secrets"
    assert (secrets / "auth/admin_token").is_file()
    assert secrets.stat().st_mode & 0o077 == 0

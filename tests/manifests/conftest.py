"""deploy/kubernetes, rendered once."""

from pathlib import Path

import pytest
from support import kustomize
from support.kustomize import Manifest

OVERLAYS = ("local", "production")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of deploy/kubernetes that a test may change."""
    if not kustomize.is_here():
        pytest.skip("no kubectl with kustomize 5 here (Debian 13: apt install kubernetes-client)")
    return kustomize.checkout(tmp_path_factory.mktemp("kubernetes"))


@pytest.fixture(scope="session")
def rendered(folder: Path) -> dict[str, list[Manifest]]:
    """Give every manifest, by overlay."""
    return {name: kustomize.render(folder / "overlays" / name) for name in OVERLAYS}


@pytest.fixture(params=OVERLAYS)
def manifests(
    request: pytest.FixtureRequest, rendered: dict[str, list[Manifest]]
) -> list[Manifest]:
    """Give the manifests of each overlay in turn."""
    return rendered[request.param]

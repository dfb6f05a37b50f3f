"""Kubernetes manifests as kubectl renders them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
LEAST_KUSTOMIZE = 5
WORKLOADS = ("Deployment", "StatefulSet", "Job")

Manifest = dict[str, Any]


@cache
def is_here() -> bool:
    """Tell whether there is a kubectl whose kustomize knows components."""
    if shutil.which("kubectl") is None:
        return False
    done = subprocess.run(
        ["kubectl", "version", "--client", "-o", "json"], capture_output=True, check=False
    )
    told = json.loads(done.stdout or b"{}").get("kustomizeVersion", "v0")
    return int(told.removeprefix("v").partition(".")[0]) >= LEAST_KUSTOMIZE


def checkout(folder: Path) -> Path:
    """Copy deploy/ and make the secrets of the local overlay there; return its kubernetes/."""
    leave = shutil.ignore_patterns("secrets", "__pycache__")
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=leave)
    made = folder / "deploy" / "kubernetes"
    env = {**os.environ, "SECRETS": str(made / "overlays/local/secrets")}
    command = [sys.executable, str(folder / "deploy/keep_secrets.py")]
    subprocess.run(command, env=env, check=True, timeout=30)
    return made


def render(folder: Path) -> list[Manifest]:
    """Return what `kubectl kustomize` makes of a folder."""
    command = ["kubectl", "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def of_kind(manifests: list[Manifest], *kinds: str) -> Iterator[Manifest]:
    """Yield those of some kinds."""
    return (one for one in manifests if one["kind"] in kinds)


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    """Return the one of a kind with a name."""
    (found,) = (one for one in of_kind(manifests, kind) if one["metadata"]["name"] == name)
    return found


def pod(workload: Manifest) -> dict[str, Any]:
    """Return the spec of a workload's pods."""
    return dict(workload["spec"]["template"]["spec"])


def container(workload: Manifest) -> dict[str, Any]:
    """Return its one container."""
    (only,) = pod(workload)["containers"]
    return dict(only)

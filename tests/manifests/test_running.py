"""What the manifests tell a pod starts the real services, and its probes are answered."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from support.kustomize import Manifest, container, named, pod

from devstack.ports import free_ports
from devstack.process import Process, answers


def secret_files(folder: Path, secret: Manifest, instead: dict[str, str]) -> None:
    """Write a Secret as kubelet mounts it, but for what leads to other places here."""
    folder.mkdir()
    for name, value in secret["data"].items():
        (folder / name).write_text(instead.get(name) or base64.b64decode(value).decode())


def environment(
    manifests: list[Manifest], workload: Manifest, mounts: dict[str, str]
) -> dict[str, str]:
    """Return a container's variables, with its folders where `mounts` says."""
    made = container(workload)
    names = [source["configMapRef"]["name"] for source in made["envFrom"]]
    told = {k: v for name in names for k, v in named(manifests, "ConfigMap", name)["data"].items()}
    for here, there in mounts.items():
        told = {name: value.replace(here, there) for name, value in told.items()}
    return {**os.environ, **told}


class Pods:
    """The services of one overlay, as processes of this machine."""

    def __init__(self, folder: Path, manifests: list[Manifest], secrets: list[Manifest]) -> None:
        self._folder, self._manifests, self._secrets = folder, manifests, secrets
        self._ports = dict(zip(("gateway", "auth"), free_ports(2), strict=True))
        self._bin = Path(sys.executable).parent

    def environment(self, kind: str, name: str, redis_url: str) -> dict[str, str]:
        """Return a workload's variables; its files are made on the way."""
        workload = named(self._manifests, kind, name)
        instead = {"redis_url": redis_url, "database_url": f"sqlite:///{self._folder}/accounts"}
        room = self._folder / name
        (secret,) = (one["secret"] for one in pod(workload)["volumes"] if "secret" in one)
        prefix = secret["secretName"].partition("-")[0]
        found = next(one for one in self._secrets if one["metadata"]["name"].startswith(prefix))
        secret_files(room, found, instead)
        mounts = {"/run/holdfast": str(room), "http://auth:": "http://127.0.0.1:"}
        mounts |= {"/etc/holdfast": str(room), ":8000": f":{self._ports['auth']}"}
        for volume in pod(workload)["volumes"]:
            if "configMap" in volume:
                routes = named(self._manifests, "ConfigMap", volume["configMap"]["name"])
                (room / "gateway.toml").write_text(routes["data"]["gateway.toml"])
        return environment(self._manifests, workload, mounts)

    def migrate(self, redis_url: str) -> str:
        """Run the Job; return what it says."""
        command = container(named(self._manifests, "Job", "migrate"))["command"]
        env = self.environment("Job", "migrate", redis_url)
        done = subprocess.run(
            [self._bin / command[0], *command[1:]],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def serving(self, name: str, redis_url: str) -> Iterator[str]:
        """Run a Deployment's container with the image's command; yield its address."""
        address = f"127.0.0.1:{self._ports[name]}"
        env = self.environment("Deployment", name, redis_url)
        env |= {"HOLDFAST_BIND": address, "HOLDFAST_INTERNAL_BIND": f"127.0.0.1:{free_ports(1)[0]}"}
        command = [str(self._bin / "gunicorn"), "-c", f"python:{name}.gunicorn_conf"]
        url = f"http://{address}"
        log = self._folder / f"{name}.log"
        process = Process(
            name,
            command,
            env,
            log,
            lambda: answers(url.replace("127.0.0.1", "localhost") + "/healthz"),
        )
        try:
            process.wait_ready()
            yield url
        finally:
            process.stop()


def test_K8S_01_the_pods_start_and_answer_their_probes(
    tmp_path: Path, manifests: list[Manifest], rendered: dict[str, list[Manifest]], redis_url: str
) -> None:
    secrets = [one for one in rendered["local"] if one["kind"] == "Secret"]
    pods = Pods(tmp_path, manifests, secrets)
    assert pods.migrate(redis_url) == "the database is up to date\n"
    for name in ("auth", "gateway"):
        with pods.serving(name, redis_url) as url:
            made = container(named(manifests, "Deployment", name))
            for kind in ("startup", "readiness", "liveness"):
                asked = made[f"{kind}Probe"]["httpGet"]
                fields = {one["name"]: one["value"] for one in asked.get("httpHeaders", ())}
                answer = httpx.get(url + asked["path"], headers=fields, trust_env=False)
                assert answer.status_code == 200, f"{name} {kind}: {answer.text}"

"""The proxies of deploy/forward-auth, run with the files as they are shipped."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from support.until import until

from devstack.ports import free_ports

SHIPPED = Path(__file__).parents[2] / "deploy" / "forward-auth"
COMMANDS = {
    "nginx": ["-e", "stderr", "-p", ".", "-c", "nginx.conf", "-g", "daemon off;"],
    "haproxy": ["-db", "-f", "haproxy.cfg"],
    "caddy": ["run", "--config", "Caddyfile", "--adapter", "caddyfile"],
    "traefik": [
        "--entrypoints.web.address=127.0.0.1:8088",
        "--providers.file.filename=dynamic.yml",
    ],
    "envoy": ["-c", "envoy.yaml", "--disable-hot-restart", "--concurrency", "1"],
}
_GATEWAY, _SERVICE, _PROXY = "8080", "5000", "8088"
# Envoy's file has host and port in two fields.
_ADDRESS = re.compile(
    rf"\b(?:127\.0\.0\.1|gateway|app)(:|, port_value: )({_GATEWAY}|{_SERVICE}|{_PROXY})\b"
)


def program(name: str) -> str | None:
    """Return the proxy's path, None where it is not installed."""
    beside_python = str(Path(sys.executable).parent)
    places = (None, "/usr/sbin", beside_python)
    return next((found for one in places if (found := shutil.which(name, path=one))), None)


@contextmanager
def running(name: str, gateway: str, service: str, folder: Path) -> Iterator[str]:
    """Run a proxy with its files in `folder` and give its URL; only addresses are changed."""
    found, port = program(name), free_ports(1)[0]
    assert found is not None, f"{name} is not installed"
    real = {
        _GATEWAY: gateway.rpartition(":")[2],
        _SERVICE: service.rpartition(":")[2],
        _PROXY: str(port),
    }

    def here(text: str) -> str:
        return _ADDRESS.sub(lambda match: f"127.0.0.1{match[1]}{real[match[2]]}", text)

    for file in (SHIPPED / name).iterdir():
        (folder / file.name).write_text(here(file.read_text()))
    url, log = f"http://127.0.0.1:{port}", folder / "log"
    with log.open("wb") as output:
        command = [found, *map(here, COMMANDS[name])]
        child = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        try:
            until(lambda: child.poll() is not None or _leads_to_the_gateway(url), 10)
            assert child.poll() is None, log.read_text()
            yield url
        finally:
            child.terminate()
            child.wait(10)


def _leads_to_the_gateway(url: str) -> bool:
    """Return whether the proxy has read its routes: some listen before."""
    try:
        answer = httpx.get(f"{url}/.well-known/jwks.json", trust_env=False)
    except httpx.TransportError:
        return False
    return answer.status_code == 200

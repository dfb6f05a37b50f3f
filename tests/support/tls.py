"""Self-made certificates, by the openssl command, and what Redis and its clients do with them."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devstack.process import StartError

needed = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed here")


@contextmanager
def built_in() -> Iterator[None]:
    """Skip the test where redis-server is built without TLS, and knows no such setting."""
    try:
        yield
    except StartError as error:
        if "Bad directive" not in str(error):
            raise
        pytest.skip("this redis-server is built without TLS")


@dataclass(frozen=True)
class Identity:
    """A server's certificate and key, and the authority that its clients trust."""

    host: str
    authority: Path
    certificate: Path
    key: Path

    def settings(self) -> dict[str, str]:
        """Return what redis-server and Sentinel are told, besides their ports."""
        return {
            "tls-cert-file": str(self.certificate),
            "tls-key-file": str(self.key),
            "tls-ca-cert-file": str(self.authority),
            "tls-auth-clients": "no",
            "tls-replication": "yes",
        }

    @property
    def client(self) -> dict[str, Any]:
        """Return the options of the driver's clients."""
        return {"host": self.host, "ssl": True, "ssl_ca_certs": str(self.authority)}


def identity(folder: Path, host: str = "127.0.0.1") -> Identity:
    """Make an authority and what it signs for `host`."""
    ours = authority(folder, "ours")
    return Identity(host, ours, *server(folder, ours, host))


def authority(folder: Path, name: str) -> Path:
    """Make a certificate authority; return its certificate."""
    key, made = folder / f"{name}.key", folder / f"{name}.crt"
    _openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", f"/CN={name}", "-days", "2", "-keyout", str(key), "-out", str(made),
    )  # fmt: skip
    return made


def server(folder: Path, signer: Path, host: str) -> tuple[Path, Path]:
    """Make a server's certificate for `host`, signed; return it and its key."""
    key, ask, made, names = (folder / f"server.{end}" for end in ("key", "csr", "crt", "ext"))
    kind = "IP" if host[0].isdigit() else "DNS"
    names.write_text(f"subjectAltName={kind}:{host}\n")
    _openssl(
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", f"/CN={host}", "-keyout", str(key), "-out", str(ask),
    )  # fmt: skip
    _openssl(
        "x509", "-req", "-in", str(ask), "-CA", str(signer), "-CAkey", str(signer)[:-3] + "key",
        "-CAcreateserial", "-days", "2", "-extfile", str(names), "-out", str(made),
    )  # fmt: skip
    return made, key


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)

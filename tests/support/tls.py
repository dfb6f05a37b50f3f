"""Self-made certificates, by the openssl command."""

import shutil
import subprocess
from pathlib import Path

import pytest

needed = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed here")


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

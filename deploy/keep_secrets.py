"""Makes the secrets of a deployment, and hands each service those it needs.

    keep_secrets.py [make]         what is missing; run by every `docker compose up`
    keep_secrets.py stage NAME...  a second one each, accepted beside the first
    keep_secrets.py swap NAME...   the second becomes the first
    keep_secrets.py retire NAME... forget the second
    keep_secrets.py show NAME...   print the first

The secrets themselves are kept in one volume that nobody else mounts. What services read is made
of them anew each time: one volume a service, nothing in it that is another's. SECRETS=folder keeps
them all in a folder instead, for deploy/kubernetes/overlays/local.
"""

import hashlib
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from string import Template

ROOT = Path(os.environ.get("SECRETS", "/secrets"))
KEPT = ROOT / "kept"
# In the image it stands beside this file.
HERE = Path(__file__).parent
USERS_ACL = HERE / "redis/users.acl" if (HERE / "redis").is_dir() else HERE / "users.acl"
NAMES = (
    *("pepper", "service_token", "admin_token", "postgres_superuser", "postgres_accounts"),
    *(f"redis_{user}" for user in ("gateway", "auth", "shop", "health", "operator")),
    *("redis_replica", "redis_sentinel"),
)
BYTES = 32
MONTH_SECONDS = 30 * 86400
IS_ADDRESS = re.compile(r"[0-9.]+|.*:.*")
# Every command that the session scripts use, and how they are called. PEXPIRE is for services of
# version 0.1, which run beside newer ones during an upgrade.
SCRIPTS = (
    "evalsha eval time exists get del hget hgetall hlen hmget hset hdel incr persist "
    "pexpire pexpireat pttl rename"
)
# What a driver says when it connects, to a cluster too; WAIT asks for replicas, and INFO whether
# the memory evicts sessions.
CONNECTION = "ping hello auth select wait client|setinfo client|setname command cluster|slots info"


def write(path: Path, text: str, mode: int) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    made.unlink(missing_ok=True)
    made.touch(0o600)
    made.write_text(text)
    made.chmod(mode)
    made.replace(path)


def keep(path: Path, text: str) -> None:
    """Write a file that only this program reads."""
    write(path, text, 0o640)


def first(name: str) -> str:
    """Return the secret in use."""
    return (KEPT / name).read_text()


def second(name: str) -> str:
    """Return the one accepted beside it, or ""."""
    path = KEPT / f"{name}.second"
    return path.read_text() if path.exists() else ""


def make() -> None:
    """Make what is missing; a secret that is there is never replaced."""
    for name in NAMES:
        if not (KEPT / name).exists():
            keep(KEPT / name, secrets.token_urlsafe(BYTES))


def stage(name: str) -> None:
    """Make a second secret, unless there is one already."""
    if not second(name):
        keep(KEPT / f"{name}.second", secrets.token_urlsafe(BYTES))


def swap(name: str) -> None:
    """Exchange first and second; a crash in between leaves the second twice, and nothing lost."""
    old, new = first(name), second(name)
    if not new:
        sys.exit(f"there is no second {name}: stage it first")
    keep(KEPT / name, new)
    keep(KEPT / f"{name}.second", old)


def retire(name: str) -> None:
    """Forget the second secret."""
    (KEPT / f"{name}.second").unlink(missing_ok=True)


def redis_url(user: str) -> str:
    """Return the URL with a service's own login."""
    template = os.environ.get("REDIS_URL", "redis://{login}@redis:6379/0")
    return template.format(login=f"{user}:{first(f'redis_{user}')}")


def redis_users() -> str:
    """Return Redis's ACL file: hashes alone, and both while a password is being changed."""
    values = {
        "prefix": os.environ.get("HOLDFAST_REDIS_PREFIX") or "hf",
        "scripts": " ".join(f"+{one}" for one in SCRIPTS.split()),
        "connection": " ".join(f"+{one}" for one in CONNECTION.split()),
    }
    for name in NAMES:
        user = name.removeprefix("redis_")
        if user != name:
            known = filter(None, (first(name), second(name)))
            values[user] = " ".join(f"#{hashlib.sha256(one.encode()).hexdigest()}" for one in known)
    return Template(USERS_ACL.read_text()).substitute(values)


def sentinel_users() -> str:
    """Return a Sentinel's ACL file: anybody may ask who is primary, Sentinels alone do more."""
    asks = "+ping +hello +client|setinfo +sentinel|masters +sentinel|get-master-addr-by-name"
    digest = hashlib.sha256(first("redis_sentinel").encode()).hexdigest()
    return (
        f"user default on nopass resetkeys resetchannels -@all {asks}\n"
        f"user sentinel on #{digest} ~* &* +@all\n"
    )


def certificate(hosts: str) -> str:
    """Return the given certificate and key, else one of our own with a month to go."""
    given, kept = Path("/given/tls.pem").read_text(), KEPT / "tls.pem"
    if given:
        return given
    if not (kept.exists() and openssl("x509", "-in", str(kept), "-checkend", str(MONTH_SECONDS))):
        names = ",".join(
            f"{'IP' if IS_ADDRESS.fullmatch(one) else 'DNS'}:{one}" for one in hosts.split(",")
        )
        subject = ("-subj", "/CN=holdfast", "-addext", f"subjectAltName={names}")
        made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "365")
        pair = ("-keyout", "/tmp/key.pem", "-out", "/tmp/cert.pem")  # noqa: S108 - of this container
        if not openssl("req", "-x509", *made, *pair, *subject):
            sys.exit(f"no certificate could be made for HOLDFAST_TLS_HOSTS={hosts}")
        keep(kept, Path("/tmp/cert.pem").read_text() + Path("/tmp/key.pem").read_text())  # noqa: S108
    return kept.read_text()


def openssl(*arguments: str) -> bool:
    """Tell whether openssl did it."""
    command = ["/usr/bin/openssl", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own words
    return done.returncode == 0


def views() -> dict[str, str]:
    """Return what each service reads, by path."""
    pepper = {"pepper": first("pepper"), "pepper_previous": second("pepper")}
    token = {"service_token": first("service_token")}
    database = f"postgresql://holdfast:{first('postgres_accounts')}@postgres/holdfast"
    by_service = {
        "gateway": {**pepper, **token, "redis_url": redis_url("gateway")},
        "auth": {
            **pepper,
            **token,
            "admin_token": first("admin_token"),
            "redis_url": redis_url("auth"),
            "database_url": database,
        },
        "shop": {**pepper, "redis_url": redis_url("shop")},
        "redis": {
            "users.acl": redis_users(),
            "replication.conf": f"masteruser replica\nmasterauth {first('redis_replica')}\n",
            "sentinel-users.acl": sentinel_users(),
            **{one: first(f"redis_{one}") for one in ("health", "operator", "replica", "sentinel")},
        },
        "postgres": {one: first(f"postgres_{one}") for one in ("superuser", "accounts")},
    }
    if hosts := os.environ.get("TLS_HOSTS"):
        by_service["edge"] = {"tls.pem": certificate(hosts)}
    return {
        f"{room}/{name}": text for room, files in by_service.items() for name, text in files.items()
    }


def hand_out() -> None:
    """Write every view; each volume is mounted by one service alone, so its uid does not matter."""
    for path, text in views().items():
        write(ROOT / path, text, 0o444)


VERBS = {"stage": stage, "swap": swap, "retire": retire, "show": lambda name: print(first(name))}


def main(arguments: list[str]) -> None:
    """Do one verb."""
    verb, *names = arguments or ["make"]
    # In the image it is there. Elsewhere it is for its owner alone: files handed out are for all.
    ROOT.mkdir(0o700, parents=True, exist_ok=True)
    make()
    if verb in VERBS and names and set(names) <= set(NAMES):
        for name in names:
            VERBS[verb](name)
    elif arguments not in ([], ["make"]):
        sys.exit(f"{__doc__}\nnames: {', '.join(NAMES)}")
    hand_out()


if __name__ == "__main__":
    main(sys.argv[1:])

"""What is published of holdfast: the wheel, in an environment without this checkout."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import holdfast

ROOT = Path(__file__).parents[2]
PLAIN = """
import os, sys
from holdfast import Intent, Keys, Lifetime, Op, Token
from holdfast.redis_store import RedisStore
import holdfast.asgi
store = RedisStore(os.environ["REDIS_URL"], Keys(os.environ["PREFIX"], b"p" * 32), timeout_s=5)
token = Token.new(7)
store.create(token, Lifetime(60_000, 60_000), intents=[Intent(Op.SET, "a", b"1")])
print(store.load(token).data, "flask" in sys.modules)
"""
FLASK = """
import os
from flask import Flask, session
from holdfast.flask import Session
app = Flask("clean")
app.config.update(SECRET_KEY="k", SESSION_REDIS=os.environ["REDIS_URL"],
                  SESSION_KEY_PREFIX=os.environ["PREFIX"], HOLDFAST_STORE_TIMEOUT_MS=5000)
Session(app)
@app.get("/")
def count():
    session["n"] = session.get("n", 0) + 1
    return str(session["n"])
browser = app.test_client()
print(browser.get("/").text, browser.get("/").text)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", *build, ROOT / "packages/holdfast"], check=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_scripts_the_types_and_nothing_of_the_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        metadata = opened.read(f"holdfast-{holdfast.__version__}.dist-info/METADATA").decode()

    scripts = {f"holdfast/lua/{file.name}" for file in ROOT.glob("packages/holdfast/**/*.lua")}
    assert len(scripts) > 10
    assert {"holdfast/py.typed", "holdfast/conformance/races.py", *scripts} <= names
    assert {name.partition("/")[0] for name in names} == {
        "holdfast",
        f"holdfast-{holdfast.__version__}.dist-info",
    }
    assert set(re.findall("Provides-Extra: (.*)", metadata)) == {"flask", "asgi"}


def test_the_changelog_tells_of_this_version() -> None:
    told = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert told[0] == holdfast.__version__


@pytest.fixture
def clean(tmp_path: Path, redis_url: str) -> Callable[..., str]:
    """Give an empty environment, and a way to run its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env = {**kept, "REDIS_URL": redis_url, "PREFIX": "wheel"}

    def python(*arguments: str) -> str:
        command = [str(tmp_path / "venv/bin/python"), "-I", *arguments]
        done = subprocess.run(
            command, check=False, env=env, capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return python


def test_it_is_installed_and_used_with_and_without_extras(
    wheel: Path, clean: Callable[..., str], tmp_path: Path
) -> None:
    pinned = (ROOT / "requirements/dev.txt").read_text()
    pins = re.findall(r"^([a-z0-9.-]+==\S+)", pinned, re.MULTILINE)
    (tmp_path / "pins.txt").write_text("\n".join(pins))

    def install(what: str) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(tmp_path / "venv/bin/python")]
        options = ["--quiet", "--constraint", str(tmp_path / "pins.txt")]
        subprocess.run([*pip, "install", *options, what], check=True)

    install(str(wheel))
    assert clean("-c", PLAIN) == "{'a': b'1'} False"
    assert clean("-c", "import importlib.util as u; print(u.find_spec('flask'))") == "None"
    assert "fifty parallel increments" in clean("-m", "holdfast.conformance", "--list")

    install(f"{wheel}[flask,asgi]")
    assert clean("-c", FLASK) == "1 2"

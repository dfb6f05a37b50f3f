"""The rules between rooms, read from the import statements."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOLDFAST = ROOT / "packages" / "holdfast" / "src" / "holdfast"
SERVICEKIT = ROOT / "packages" / "servicekit" / "src" / "servicekit"
DRIVER = {"redis", "hiredis"}
WEB = {"flask", "starlette", "werkzeug", "gunicorn"}


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_the_redis_adapters_import_the_driver() -> None:
    doors = {file.name for file in HOLDFAST.rglob("*.py") if imported(file) & DRIVER}

    assert doors == {
        "redis_shards.py",
        "redis_store.py",
        "redis_async.py",
        "redis_client.py",
        "redis_breakers.py",
        "redis_errors.py",
        "redis_inspect.py",
        "redis_link.py",
        "redis_url.py",
        "redis_wait.py",
    }


def test_only_the_flask_drop_in_of_the_session_library_imports_a_web_framework() -> None:
    doors = {file.parent.name for file in HOLDFAST.rglob("*.py") if imported(file) & WEB}

    assert doors == {"flask"}


def test_the_session_library_by_itself_loads_no_drop_in() -> None:
    code = "import sys, holdfast, holdfast.redis_store, holdfast.asgi; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout

    assert not WEB & set(loaded.decode().split())


def test_services_do_not_import_each_other() -> None:
    rooms = {name: ROOT / "services" / name / "src" / name for name in ("auth", "gateway")}
    for name, folder in rooms.items():
        others = rooms.keys() - {name}
        files = list(folder.rglob("*.py"))
        assert files
        assert not [file for file in files if imported(file) & (others | DRIVER)]


def test_what_both_services_share_knows_no_framework_and_no_driver() -> None:
    files = list((ROOT / "packages" / "sessionhttp" / "src").rglob("*.py"))

    assert files
    assert not [file for file in files if imported(file) & (WEB | {"redis", "auth", "gateway"})]


def test_the_plumbing_knows_no_redis_and_no_sessions() -> None:
    files = list(SERVICEKIT.rglob("*.py"))

    assert files
    assert not [file for file in files if imported(file) & {"redis", "holdfast"}]


def test_a_page_of_the_plumbing_needs_no_framework() -> None:
    """The gateway shows it while everything else is down."""
    assert not [file for file in SERVICEKIT.rglob("*.py") if imported(file) & (WEB | {"jinja2"})]

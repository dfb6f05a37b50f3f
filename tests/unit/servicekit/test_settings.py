"""Settings are read once, and every fault is told in one line that shows no secret."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from servicekit.secret import Secret
from servicekit.settings import SettingsError, read


class Settings(msgspec.Struct, frozen=True):
    pepper: Secret
    idle_seconds: Annotated[int, msgspec.Meta(ge=1)] = 1800
    cookie_secure: bool = True
    hosts: tuple[str, ...] = ()


GOOD = {"HOLDFAST_PEPPER": "0123456789abcdef-good"}


def faults(env: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read(Settings, env)
    return refused.value.faults


def test_defaults_and_types() -> None:
    env = {**GOOD, "HOLDFAST_COOKIE_SECURE": "false", "HOLDFAST_HOSTS": "a.test, b.test"}
    settings = read(Settings, env)

    assert settings.pepper == Secret("0123456789abcdef-good")
    assert (settings.idle_seconds, settings.cookie_secure) == (1800, False)
    assert settings.hosts == ("a.test", "b.test")
    assert "0123456789" not in repr(settings)


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "pepper").write_text("0123456789abcdef-file\n")
    settings = read(Settings, {"HOLDFAST_PEPPER_FILE": str(tmp_path / "pepper")})

    assert settings.pepper.reveal() == "0123456789abcdef-file"


def test_an_empty_file_is_no_value(tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    env = {"HOLDFAST_IDLE_SECONDS_FILE": str(tmp_path / "none")}

    assert read(Settings, {**GOOD, **env}).idle_seconds == 1800
    assert faults({"HOLDFAST_PEPPER_FILE": env["HOLDFAST_IDLE_SECONDS_FILE"]}) == [
        "HOLDFAST_PEPPER is missing"
    ]


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({}, "HOLDFAST_PEPPER is missing"),
        ({"HOLDFAST_PEPPER": "changeme-changeme"}, "HOLDFAST_PEPPER is a placeholder"),
        ({"HOLDFAST_PEPPER": "a" * 32}, "HOLDFAST_PEPPER is a placeholder"),
        ({"HOLDFAST_PEPPER": "short"}, "HOLDFAST_PEPPER is too short"),
        ({"HOLDFAST_PEPPER_FILE": "/nowhere/at/all"}, "HOLDFAST_PEPPER names a file"),
        ({**GOOD, "HOLDFAST_PEPPER_FILE": "/x"}, "HOLDFAST_PEPPER is set twice"),
        ({**GOOD, "HOLDFAST_IDLE_SECONDS": "soon"}, "HOLDFAST_IDLE_SECONDS is malformed"),
        ({**GOOD, "HOLDFAST_IDLE_SECONDS": "0"}, "HOLDFAST_IDLE_SECONDS is malformed"),
        ({**GOOD, "HOLDFAST_COOKIE_SECURE": "perhaps"}, "HOLDFAST_COOKIE_SECURE is malformed"),
    ],
)
def test_a_fault_names_its_variable_and_shows_no_secret(env: dict[str, str], told: str) -> None:
    (fault,) = faults(env)

    assert fault.startswith(told)
    assert "changeme" not in fault


@pytest.mark.parametrize("secret", ["TODO: set a secret", "pepper-xxxx-pepper", "XxxxxxxxPepper16"])
def test_a_short_placeholder_is_one_as_a_word_of_its_own(secret: str) -> None:
    assert faults({"HOLDFAST_PEPPER": secret}) == ["HOLDFAST_PEPPER is a placeholder, no secret"]


@pytest.mark.parametrize("word", ["todo", "ToDo", "xxxx", "XxXx"])
def test_a_random_secret_may_have_such_letters_in_it(word: str) -> None:
    """One in twelve thousand has: then `make run` would not start, nor ever again."""
    secret = f"kq3-Vn{word}8Zr_0pLw"

    assert read(Settings, {"HOLDFAST_PEPPER": secret}).pepper.reveal() == secret


def test_all_faults_are_told_at_once() -> None:
    assert len(faults({"HOLDFAST_IDLE_SECONDS": "x", "HOLDFAST_COOKIE_SECURE": "y"})) == 3

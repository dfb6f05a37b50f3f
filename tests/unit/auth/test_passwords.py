"""Which passwords are taken, and how they are kept."""

import pytest
from argon2 import PasswordHasher

from auth import password_rules
from auth.errors import PasswordRejected
from auth.passwords import Passwords


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("a" * 14, "too-short"),
        ("é" * 513, "too-long"),
        ("aaaaaaaaaaaaaaa", "blocklisted"),
        ("abcabcabcabcabc", "blocklisted"),
        ("passwordpassword", "blocklisted"),
        ("PasswordPassword", "blocklisted"),
        ("123456789012345", "blocklisted"),
        ("abcdefghijklmnop", "blocklisted"),
        ("987654321098765", "blocklisted"),
        ("kingsleyjones2026", "contains-username"),
        ("holdfastholdfast", "contains-username"),
    ],
)
def test_a_password_easily_guessed_is_rejected_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(PasswordRejected) as refused:
        password_rules.check(password, "KingsleyJones", 15)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "🐚🦀🐙🐳🐬🦈🐡🦑🦐🦞🐠🐟🦭🌊🪸",
        "x9" + "q" * 98,
        "  leading spaces too  ",
    ],
)
def test_any_characters_make_a_password(password: str) -> None:
    password_rules.check(password, "kingsley", 15)


def test_common_passwords_are_refused_where_shorter_ones_are_allowed() -> None:
    with pytest.raises(PasswordRejected):
        password_rules.check("trustno1", "kingsley", 8)


def test_a_hash_is_argon2id_with_a_salt_of_its_own_and_nothing_is_cut_off() -> None:
    passwords, long = Passwords(), "x" * 99
    first, second = passwords.hash(long + "a"), passwords.hash(long + "a")

    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert passwords.verify(first, long + "a")
    assert not passwords.verify(first, long + "b")
    assert not passwords.verify(None, "nobody has this password")


def test_a_hash_of_lesser_parameters_is_made_anew() -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x")

    assert Passwords().needs_rehash(weaker)
    assert not Passwords().needs_rehash(Passwords().hash("x"))

"""Accounts and sessions from the command line, on the settings of the auth service."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from auth.admin import session_row
from auth.app import build
from auth.errors import AuthError
from auth.migrate import migrate
from auth.service import Identity
from auth.settings import AuthSettings
from holdfast import HoldfastError, Reason
from servicekit import settings
from servicekit.commandline import Parser, utf_8
from sessionhttp.startup import check_store_or_exit

if TYPE_CHECKING:
    Groups = argparse._SubParsersAction[Parser]  # noqa: SLF001 - what add_subparsers returns

Command = Callable[[Identity, argparse.Namespace], str]


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


def _create(identity: Identity, args: argparse.Namespace) -> str:
    """Make an account; the password is asked for, or read from standard input."""
    account = identity.register(args.username, _password(), args.role)
    return f"created {account.username}"


def _set_password(identity: Identity, args: argparse.Namespace) -> str:
    """Set a password, asked for or read from standard input, and end all sessions."""
    identity.set_password(args.username, _password())
    return "changed; all sessions ended"


def _show(identity: Identity, args: argparse.Namespace) -> str:
    """Show name, state and roles."""
    account = identity.accounts.named(args.username)
    state = "disabled" if account.disabled else "enabled"
    return f"{account.username}\t{state}\t{','.join(account.roles)}"


def _disable(identity: Identity, args: argparse.Namespace) -> str:
    """Close an account and end its sessions in one step."""
    return f"disabled; ended {identity.set_disabled(args.username, disabled=True)}"


def _enable(identity: Identity, args: argparse.Namespace) -> str:
    """Open a closed account again."""
    identity.set_disabled(args.username, disabled=False)
    return "enabled"


def _roles(identity: Identity, args: argparse.Namespace) -> str:
    """Set the roles, none if none is given, and end all sessions."""
    return f"set; ended {identity.set_roles(args.username, args.roles)}"


def _list(identity: Identity, args: argparse.Namespace) -> str:
    """List the live sessions of an account."""
    account = identity.accounts.named(args.username)
    rows = [session_row(one) for one in identity.store.list_user(account.id)]
    return "\n".join("\t".join(str(value) for value in row.values()) for row in rows)


def _end(identity: Identity, args: argparse.Namespace) -> str:
    """End all sessions of an account."""
    account = identity.accounts.named(args.username)
    return f"ended {identity.store.end_user(account.id, Reason.REVOKED_BY_ADMIN)}"


def _end_everybody(identity: Identity, _: argparse.Namespace) -> str:
    """End every session of everybody."""
    identity.store.end_everybody()
    return "everybody is logged out"


def _check(identity: Identity, _: argparse.Namespace) -> str:
    """Say whether the service would start with these settings."""
    check_store_or_exit(identity.settings)
    return "the configuration is good"


def _migrate(identity: Identity, _: argparse.Namespace) -> str:
    """Bring the database to the newest layout."""
    migrate(identity.settings.database_url)
    return "the database is up to date"


def _add(groups: "Groups", name: str, command: Command, *, named: bool = True) -> Parser:
    """Add a verb; its help is the first line of what does it."""
    told = command.__doc__
    made = groups.add_parser(name, help=told, description=told)
    made.set_defaults(command=command)
    if named:
        made.add_argument("username", type=utf_8)
    return made


def _group(groups: "Groups", name: str, told: str) -> "Groups":
    made = groups.add_parser(name, help=told, description=told)
    return made.add_subparsers(required=True, metavar="COMMAND")


def _parser() -> Parser:
    parser = Parser("holdfast-admin", description=__doc__)
    groups = parser.add_subparsers(required=True, metavar="COMMAND")
    users = _group(groups, "users", "Accounts.")
    sessions = _group(groups, "sessions", "Who is signed in, and no longer.")
    _add(users, "create", _create).add_argument("--role", action="append", default=[])
    for name, command in {
        "set-password": _set_password,
        "show": _show,
        "disable": _disable,
        "enable": _enable,
    }.items():
        _add(users, name, command)
    _add(users, "roles", _roles).add_argument("roles", nargs="*")
    _add(sessions, "list", _list)
    _add(sessions, "end", _end)
    _add(sessions, "end-everybody", _end_everybody, named=False)
    _add(groups, "check-config", _check, named=False)
    _add(groups, "migrate", _migrate, named=False)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 when it failed; exits with 2 on misuse or a bad setting."""
    args = _parser().parse_args(arguments)
    identity = build(settings.read_or_exit(AuthSettings, os.environ), CollectorRegistry())
    try:
        print(args.command(identity, args))  # noqa: T201 - a command line prints
    except (AuthError, HoldfastError) as error:
        told = str(error) or (type(error).__doc__ or "").partition("\n")[0]
        print(f"{type(error).__name__}: {told}", file=sys.stderr)  # noqa: T201 - likewise
        return 1
    return 0

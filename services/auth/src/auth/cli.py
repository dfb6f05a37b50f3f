"""holdfast-admin: the admin verbs as a command line, on the service's own settings."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Sequence

from auth.admin import session_row
from auth.app import build
from auth.errors import AuthError
from auth.migrate import migrate
from auth.service import Identity
from auth.settings import AuthSettings
from holdfast import HoldfastError, Reason
from servicekit import settings
from sessionhttp.startup import check_store_or_exit

Command = Callable[[Identity, argparse.Namespace], str]


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


def _create(identity: Identity, args: argparse.Namespace) -> str:
    account = identity.register(args.username, _password(), args.role)
    return f"created {account.username}"


def _set_password(identity: Identity, args: argparse.Namespace) -> str:
    identity.set_password(args.username, _password())
    return "changed; all sessions ended"


def _show(identity: Identity, args: argparse.Namespace) -> str:
    account = identity.accounts.named(args.username)
    state = "disabled" if account.disabled else "enabled"
    return f"{account.username}\t{state}\t{','.join(account.roles)}"


def _disable(identity: Identity, args: argparse.Namespace) -> str:
    return f"disabled; ended {identity.set_disabled(args.username, disabled=True)}"


def _enable(identity: Identity, args: argparse.Namespace) -> str:
    identity.set_disabled(args.username, disabled=False)
    return "enabled"


def _roles(identity: Identity, args: argparse.Namespace) -> str:
    return f"set; ended {identity.set_roles(args.username, args.roles)}"


def _list(identity: Identity, args: argparse.Namespace) -> str:
    account = identity.accounts.named(args.username)
    rows = [session_row(one) for one in identity.store.list_user(account.id)]
    return "\n".join("\t".join(str(value) for value in row.values()) for row in rows)


def _end(identity: Identity, args: argparse.Namespace) -> str:
    account = identity.accounts.named(args.username)
    return f"ended {identity.store.end_user(account.id, Reason.REVOKED_BY_ADMIN)}"


def _end_everybody(identity: Identity, _: argparse.Namespace) -> str:
    identity.store.end_everybody()
    return "everybody is logged out"


def _check(identity: Identity, _: argparse.Namespace) -> str:
    check_store_or_exit(identity.settings)
    return "the configuration is good"


def _migrate(identity: Identity, _: argparse.Namespace) -> str:
    migrate(identity.settings.database_url)
    return "the database is up to date"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("holdfast-admin", description=__doc__)
    groups = parser.add_subparsers(required=True, metavar="GROUP")
    users = groups.add_parser("users", help="accounts").add_subparsers(required=True)
    sessions = groups.add_parser("sessions", help="sessions").add_subparsers(required=True)

    def verb(
        group: "argparse._SubParsersAction[argparse.ArgumentParser]",
        name: str,
        command: Command,
        *,
        named: bool = True,
    ) -> argparse.ArgumentParser:
        made = group.add_parser(name)
        made.set_defaults(command=command)
        if named:
            made.add_argument("username")
        return made

    verb(users, "create", _create).add_argument("--role", action="append", default=[])
    for name, command in {
        "set-password": _set_password,
        "show": _show,
        "disable": _disable,
        "enable": _enable,
    }.items():
        verb(users, name, command)
    verb(users, "roles", _roles).add_argument("roles", nargs="*")
    verb(sessions, "list", _list)
    verb(sessions, "end", _end)
    verb(sessions, "end-everybody", _end_everybody, named=False)
    verb(groups, "check-config", _check, named=False)
    verb(groups, "migrate", _migrate, named=False)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 when it failed; exits with 2 on misuse or a bad setting."""
    args = _parser().parse_args(arguments)
    identity = build(settings.read_or_exit(AuthSettings, os.environ))
    try:
        print(args.command(identity, args))  # noqa: T201 - a command line prints
    except (AuthError, HoldfastError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201 - likewise
        return 1
    return 0

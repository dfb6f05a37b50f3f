"""What can be done with identities: verbs without HTTP."""

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from auth import password_rules, usernames
from auth.accounts import Account, Accounts
from auth.errors import (
    AccountsUnavailable,
    BadCredentials,
    Busy,
    InvalidRole,
    InvalidUsername,
    OthersMayLive,
    SessionGone,
    TooManyAttempts,
)
from auth.metrics import LoginMetrics, uncounted
from auth.passwords import Passwords
from auth.settings import AuthSettings
from auth.throttle import Throttle
from holdfast import Client, Ended, Intent, Op, Reason, Session, Token, User
from holdfast.errors import EpochChanged, StoreError, TokenExists, TooManySessions
from holdfast.redis_store import RedisStore
from holdfast.token import bucket_of_user
from holdfast.web.replaced import carry_over, end_replaced
from holdfast.web.steps import drive
from servicekit.logs import security

_ROLE = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


def _check_roles(roles: Sequence[str]) -> None:
    """Raise InvalidRole. Services behind read roles in a header field, by comma."""
    if not all(_ROLE.fullmatch(role) for role in roles):
        raise InvalidRole("a role is 1-64 of A-Z a-z 0-9 _ . -")


def _tell_began(account: Account, session: Session, client: Client) -> None:
    who = {"user": account.username, "session": session.id, "ip": client.ip}
    security("authn_login_success", **who)
    security("session_created", **who)
    if session.evicted:
        security("excess_sessions_exceeded", **who, evicted=session.evicted)


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity verbs over their parts."""

    settings: AuthSettings
    store: RedisStore
    accounts: Accounts
    passwords: Passwords
    throttle: Throttle
    logins: LoginMetrics = field(default_factory=uncounted)

    def register(self, username: str, password: str, roles: Sequence[str] = ()) -> Account:
        """Make an account.

        Raises InvalidUsername, InvalidRole, PasswordRejected, UsernameTaken, Busy.
        """
        name = usernames.judge(username)
        _check_roles(roles)
        password_rules.check(password, name, self.settings.password_min_length)
        with self.passwords.place():
            account = self.accounts.add(name, self.passwords.hash(password), roles)
        security("user_created", user=name, roles=list(roles))
        return account

    def _authenticate(self, username: str, password: str, client: Client) -> tuple[Account, str]:
        """Return the account and the epoch read before it. Raises BadCredentials and the like.

        The epoch is read first: whoever disables the account or changes its password afterwards
        replaces it, and the session then cannot begin.
        """
        self._count(username, client)
        try:
            account_id = self.accounts.id_of(username)
            epoch = self.store.epoch(account_id or "nobody")
            account = self.accounts.get(account_id) if account_id else None
            right = self.passwords.verify(account.password_hash if account else None, password)
        except (AccountsUnavailable, StoreError, Busy):
            self.throttle.give_back(client.ip, username)
            raise
        if account is None or account.disabled or not right:
            security("authn_login_fail", ip=client.ip)
            raise BadCredentials
        self.throttle.succeed(client.ip, username)
        return account, epoch

    def _count(self, username: str | None, client: Client) -> None:
        """Count an attempt to sign in. Raises TooManyAttempts, StoreError."""
        try:
            self.throttle.count(client.ip, username)
        except TooManyAttempts:
            security("authn_login_fail_max", ip=client.ip)
            raise

    def _refuse_impossible(self, password: str, client: Client) -> NoReturn:
        """Refuse a name that no account can have, as a wrong one is. Raises BadCredentials etc."""
        self._count(None, client)
        try:
            self.passwords.verify(None, password)
        except Busy:
            self.throttle.give_back(client.ip, None)
            raise
        security("authn_login_fail", ip=client.ip)
        raise BadCredentials

    def log_in(
        self,
        username: str,
        password: str,
        client: Client,
        *,
        remember: bool = False,
        old: Token | None = None,
        named: Sequence[Token] = (),
        submission: str | None = None,
    ) -> tuple[Token, Session]:
        """Begin a session, with the data of the anonymous one that `old` may open.

        `named` are all tokens that the browser's cookies name: their sessions are replaced. Two
        calls for one account with the same secret `submission` begin one session together.

        Raises BadCredentials, TooManyAttempts, TooManySessions, AccountsUnavailable, StoreError,
        Busy.
        """
        with self.logins.watch(), self.passwords.place():
            return self._log_in(username, password, client, remember, old, named, submission)

    def _log_in(
        self,
        username: str,
        password: str,
        client: Client,
        remember: bool,
        old: Token | None,
        named: Sequence[Token],
        submission: str | None,
    ) -> tuple[Token, Session]:
        try:
            name = usernames.normalise(username)
        except InvalidUsername:
            self._refuse_impossible(password, client)
        account, epoch = self._authenticate(name, password, client)
        self._rehash(account, password)
        data = drive(carry_over(old), self.store)

        def create(token: Token) -> Session:
            return self.store.create(
                token,
                self.settings.lifetime(remember=remember),
                user=User(account.id, account.username, account.roles),
                epoch=epoch,
                client=client,
                remember=remember,
                intents=[Intent(Op.SET, key, value) for key, value in data.items()],
                max_sessions=self.settings.max_sessions_per_user,
                policy=self.settings.session_limit_policy,
            )

        try:
            token, session = self._begin(create, account, submission)
        except EpochChanged:
            raise BadCredentials from None
        except TooManySessions:
            security("excess_sessions_exceeded", user=account.username, refused=True)
            raise
        drive(end_replaced(named), self.store)
        _tell_began(account, session, client)
        return token, session

    def _begin(
        self, create: Callable[[Token], Session], account: Account, submission: str | None
    ) -> tuple[Token, Session]:
        """Begin a session, or return the one that the same submission of a form began before."""
        bucket = bucket_of_user(account.id)
        if submission is not None:
            key, name = self.settings.pepper.reveal(), f"sign-in:{account.id}:{submission}"
            token = Token.derived(key.encode(), name.encode(), bucket)
            try:
                return token, create(token)
            except TokenExists:
                found = self.store.load(token)
                if isinstance(found, Session):
                    return token, found
        token = Token.new(bucket)
        return token, create(token)

    def _rehash(self, account: Account, password: str) -> None:
        if not self.passwords.needs_rehash(account.password_hash):
            return
        # Who could sign in must not be refused for it: the next login can do it as well.
        with contextlib.suppress(Busy, AccountsUnavailable):
            self.accounts.replace_hash(account, self.passwords.hash(password))

    def change_password(
        self, token: Token, session: Session, current: str, new: str
    ) -> tuple[Token, Session]:
        """Change the password, end all other sessions, give this one a new token.

        Raises BadCredentials, TooManyAttempts, PasswordRejected, Busy, SessionGone; OthersMayLive
        where the store fails after the change.
        """
        user = session.user
        if user is None:
            raise BadCredentials
        with self.passwords.place():
            account, _ = self._authenticate(user.name, current, session.client)
            password_rules.check(new, user.name, self.settings.password_min_length)
            made, newer = self.passwords.hash(new), token.renewed()
        # The session has the say before anybody can see a change: what is over changes nothing.
        with self.accounts.replacing_hash(account, made) as replaced:
            if not replaced:
                raise BadCredentials
            done = self.store.rotate(token, newer, privilege=True)
            if isinstance(done, Ended):
                raise SessionGone(done)
        security("authn_password_change", user=user.name, session=session.id)
        # Last, so that whoever signed in with the old password until now is out, too.
        try:
            self.store.end_user(user.id, Reason.PASSWORD_CHANGED, keep=newer)
        except StoreError as error:
            raise OthersMayLive(newer, done.session) from error
        return newer, done.session

    def set_password(self, username: str, password: str) -> None:
        """Set a password for somebody, and end their sessions. Raises NoSuchAccount."""
        account = self.accounts.named(username)
        password_rules.check(password, account.username, self.settings.password_min_length)
        made = self.passwords.hash(password)
        while not self.accounts.replace_hash(account, made):
            account = self.accounts.named(username)
        self.store.end_user(account.id, Reason.PASSWORD_CHANGED)
        security("authn_password_change", user=account.username, by="admin")

    def set_disabled(self, username: str, *, disabled: bool) -> int:
        """Close or open an account; closing ends all its sessions. Raises NoSuchAccount."""
        account = self.accounts.named(username)
        self.accounts.set_disabled(account, disabled=disabled)
        security("user_updated", user=account.username, disabled=disabled)
        return self.store.end_user(account.id, Reason.ACCOUNT_DISABLED) if disabled else 0

    def set_roles(self, username: str, roles: Sequence[str]) -> int:
        """Replace somebody's roles and end their sessions: new privilege, new id.

        Raises InvalidRole, NoSuchAccount.
        """
        _check_roles(roles)
        account = self.accounts.named(username)
        self.accounts.set_roles(account, roles)
        security("user_updated", user=account.username, roles=list(roles))
        return self.store.end_user(account.id, Reason.ROLES_CHANGED)

"""The auth service's settings."""

from socket import gethostname
from typing import Annotated, Literal

import msgspec
import sqlalchemy as sa

from servicekit.bind import Bind, refuse_overlap
from servicekit.secret import Secret
from sessionhttp.settings import Count, Seconds, SessionSettings


class AuthSettings(SessionSettings, frozen=True, kw_only=True):
    """HOLDFAST_* of the auth service, on top of those of sessions."""

    database_url: Annotated[str, msgspec.Meta(pattern=r"^(sqlite:///|postgresql(\+psycopg)?://)")]
    service_token: Secret
    admin_token: Secret
    instance: str = msgspec.field(default_factory=gethostname)
    bind: Bind = Bind("127.0.0.1", 8000)
    internal_bind: Bind = Bind("127.0.0.1", 9000)
    registration: Literal["open", "closed"] = "closed"
    password_min_length: Annotated[int, msgspec.Meta(ge=8, le=256)] = 15
    login_attempts: Count = 10
    login_window_seconds: Seconds = 300
    log_format: Literal["console", "json"] = "json"

    def __post_init__(self) -> None:
        """Raise ValueError for what no single type can tell."""
        super().__post_init__()
        refuse_overlap(self.bind, self.internal_bind)
        try:
            sa.make_url(self.database_url)
        except (ValueError, sa.exc.ArgumentError):
            raise ValueError("HOLDFAST_DATABASE_URL is malformed: no database URL") from None

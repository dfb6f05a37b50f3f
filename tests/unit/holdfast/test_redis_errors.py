"""What each refusal of a Redis means, in the words of the versions that may be met."""

from typing import Any

import pytest
from redis._parsers import BaseParser

from holdfast.errors import StoreDenied, StoreError, StoreFull, StoreRejected, StoreUnavailable
from holdfast.redis_errors import translate

IN_6_2 = "ERR Error running script (call to f_0a): @user_script:9: "
IN_7 = " script: 0a, on @user_script:9."
NOT_ALLOWED = "The user executing the script can't run this command or subcommand"

TABLE: list[tuple[str, type[StoreError]]] = [
    ("NOPERM this user has no permissions to run the 'evalsha' command", StoreRejected),
    ("NOPERM No permissions to access a key", StoreRejected),
    (f"{IN_6_2}@user_script: 9: {NOT_ALLOWED}", StoreRejected),
    (f"ERR {NOT_ALLOWED}{IN_7}", StoreRejected),
    (f"ERR ERR {NOT_ALLOWED}{IN_7}", StoreRejected),
    ("NOPERM ACL failure in script: User few has no permissions to run it", StoreRejected),
    (f"{IN_6_2}@user_script: 9: Unknown Redis command called from script script", StoreRejected),
    ("ERR unknown command 'EVALSHA', with args beginning with: ", StoreRejected),
    (f"WRONGTYPE Operation against a key holding the wrong kind of value{IN_7}", StoreRejected),
    ("CROSSSLOT Keys in request don't hash to the same slot", StoreRejected),
    ("MOVED 7785 127.0.0.1:7001", StoreRejected),
    ("a sentence that no version has said yet", StoreRejected),
    (f"OOM command not allowed when used memory > 'maxmemory'.{IN_7}", StoreFull),
    (f"{IN_6_2}@user_script: 9: -OOM command not allowed when used memory > x", StoreFull),
    (f"READONLY You can't write against a read only replica.{IN_7}", StoreUnavailable),
    (f"{IN_6_2}@user_script: 9: -READONLY You can't write against a replica", StoreUnavailable),
    ("LOADING Redis is loading the dataset in memory", StoreUnavailable),
    ("BUSY Redis is busy running a script.", StoreUnavailable),
    ("MASTERDOWN Link with MASTER is down", StoreUnavailable),
    (f"{IN_6_2}-NOREPLICAS Not enough good replicas to write.", StoreUnavailable),
    ("MISCONF Redis is configured to save RDB snapshots", StoreUnavailable),
    ("CLUSTERDOWN Hash slot not served", StoreUnavailable),
    ("TRYAGAIN Multiple keys request during rehashing of slot", StoreUnavailable),
    (
        "ERR Script attempted to execute a write command while the cluster is down and readonly",
        StoreUnavailable,
    ),
    ("ERR max number of clients reached", StoreUnavailable),
    ("NOAUTH Authentication required.", StoreDenied),
    ("WRONGPASS invalid username-password pair or user is disabled.", StoreDenied),
    ("ERR Protocol error: unauthenticated multibulk length", StoreDenied),
    ("ERR Protocol error: unauthenticated bulk length", StoreDenied),
    ("DENIED Redis is running in protected mode because", StoreDenied),
]


@pytest.mark.parametrize(("said", "meant"), TABLE)
def test_a_refusal_is_the_error_that_it_means(said: str, meant: type[StoreError]) -> None:
    """Each wording is one kind of error; what is not known is a fault of the one call."""
    parser: Any = BaseParser
    assert type(translate(parser.parse_error(said))) is meant

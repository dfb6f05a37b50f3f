"""`make peers`: set up every peer that can be had here."""

import sys
import time

from peers.environment import Environment
from peers.errors import PeerError
from peers.peer import ENVIRONMENTS
from servicekit.commandline import Parser


def _set_up(environment: Environment) -> bool:
    if environment.ready():
        print(f"{environment.name}: ready")
        return True
    print(f"{environment.name}: setting up ...", flush=True)
    began = time.monotonic()
    try:
        environment.set_up()
    except PeerError as error:
        print(error, file=sys.stderr)
        return False
    print(f"{environment.name}: ready after {time.monotonic() - began:.0f} s", flush=True)
    return True


def main() -> int:
    """Set up what is not; 1 when a peer could not be, after the others were."""
    Parser("python -m peers", description=main.__doc__).parse_args()
    outcomes = [_set_up(environment) for environment in ENVIRONMENTS]
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())

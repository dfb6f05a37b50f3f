"""One module per guarantee; each judges one history."""

from loadtests.findings import Guarantee
from loadtests.guarantees import (
    g1_read_your_writes,
    g2_no_lost_updates,
    g3_logouts_stick,
    g4_exact_expiry,
    g5_no_cross_talk,
    g6_new_privilege_new_id,
    g7_outage_is_no_logout,
    g8_nothing_acknowledged_is_lost,
)

GUARANTEES: dict[str, Guarantee] = {
    "G1": g1_read_your_writes.judge,
    "G2": g2_no_lost_updates.judge,
    "G3": g3_logouts_stick.judge,
    "G4": g4_exact_expiry.judge,
    "G5": g5_no_cross_talk.judge,
    "G6": g6_new_privilege_new_id.judge,
    "G7": g7_outage_is_no_logout.judge,
    "G8": g8_nothing_acknowledged_is_lost.judge,
}

TITLES = {
    "G1": "Read your writes, anywhere",
    "G2": "No lost updates",
    "G3": "Logouts stick",
    "G4": "Expiry is exact",
    "G5": "No cross-talk",
    "G6": "New privilege, new id",
    "G7": "An outage is not a logout",
    "G8": "Nothing acknowledged is lost",
}

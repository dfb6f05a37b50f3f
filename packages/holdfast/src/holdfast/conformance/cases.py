"""All cases, in the order in which a report is read."""

from holdfast.conformance import data, races, sessions, tokens, users
from holdfast.conformance.case import cases_of

CASES = [case for module in (sessions, data, users, tokens, races) for case in cases_of(module)]

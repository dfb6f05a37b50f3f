"""The session contract as a test kit: `python -m holdfast.conformance module:factory`.

docs/conformance.md tells how to write an adapter. The repository's own stores are held to the very
same cases.
"""

from holdfast.conformance.case import Case
from holdfast.conformance.cases import CASES
from holdfast.conformance.harness import Harness, NotOffered, RealTime
from holdfast.conformance.whole import WholeSessions

__all__ = ["CASES", "Case", "Harness", "NotOffered", "RealTime", "WholeSessions"]

"""Conditional requests (RFC 9110, 13): If-Match and If-None-Match on every resource with an ETag.

A field that is not well-formed is refused with 400, because a condition that is dropped would let
a write through that the client wanted refused. A well-formed tag that never matches is a condition
that fails. Last-Modified is not sent, so the conditions on dates are ignored (13.1.3, 13.1.4).
"""

import re
from dataclasses import dataclass

from gateway.request import Fields
from holdfast.conditions import ABSENT, any_of, none_of
from servicekit.problems import Problem

# An entity-tag (8.8.3), a comma, or the end; W/ is case-sensitive.
_TOKEN = re.compile(r'[ \t]*(?:(,)|(W/)?"([\x21\x23-\x7e\x80-\xff]*)"|\Z)')
# The form of the tags that are given out: a value's SHA-1 or a version.
_GIVEN_OUT = re.compile(r"[0-9a-f]{1,40}")

ANY = None
"""The tag list `*`: any current representation."""

Tags = frozenset[str] | None


def parse_tags(text: str, *, strong: bool) -> Tags:
    """Return the opaque tags of an If-Match or If-None-Match value, or ANY. Raises ValueError.

    `strong`: leave weak tags out, since they match nothing under the strong comparison (8.8.3.2).
    """
    if text.strip(" \t") == "*":
        return ANY
    tags, at, after_tag = set[str](), 0, False
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or (token[3] is not None and after_tag):
            raise ValueError("not a list of entity-tags")
        at, after_tag = token.end(), token[3] is not None
        if after_tag and not (strong and token[2]):
            tags.add(token[3])
    return frozenset(tags)


def commit_condition(tags: Tags) -> str:
    """Return If-Match alone as a condition of a commit (holdfast.conditions)."""
    return none_of([ABSENT]) if tags is ANY else any_of(filter(_GIVEN_OUT.fullmatch, tags))


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a request. `match`, `none_match`: whether the field is there at all."""

    match: bool
    match_tags: Tags
    none_match: bool
    none_match_tags: Tags

    def unchanged(self, etag: str) -> bool:
        """Say whether a read is answered 304. Raises Problem version-conflict (13.2.2).

        `etag`: the opaque tag of the current representation, without quotes.
        """
        if self.match and self.match_tags is not ANY and etag not in self.match_tags:
            raise Problem("version-conflict")
        return self.none_match and (self.none_match_tags is ANY or etag in self.none_match_tags)

    def for_commit(self) -> str:
        """Return the condition of a commit, which is judged where the commit is applied."""
        unwanted = [ABSENT] if self.match else []
        if self.none_match and self.none_match_tags is ANY:
            return any_of([] if self.match else [ABSENT])
        refused = filter(_GIVEN_OUT.fullmatch, self.none_match_tags or ())
        if not self.match or self.match_tags is ANY:
            return none_of([*unwanted, *refused])
        return commit_condition(self.match_tags - set(refused))


def conditions_of(fields: Fields) -> Conditions | None:
    """Return the conditions of a request, None if there are none. Raises Problem bad-request."""
    match, none_match = fields.get("if-match"), fields.get("if-none-match")
    if match is None and none_match is None:
        return None
    return Conditions(
        match is not None,
        _tags_of("If-Match", match, strong=True),
        none_match is not None,
        _tags_of("If-None-Match", none_match, strong=False),
    )


def _tags_of(name: str, text: str | None, *, strong: bool) -> Tags:
    try:
        return parse_tags(text or "", strong=strong)
    except ValueError:
        raise Problem("bad-request", f"{name} is not * or a list of entity-tags.") from None

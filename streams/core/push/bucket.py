"""A token bucket as a value: time is passed in, so the same calls give the same answers."""

from __future__ import annotations

from typing import NamedTuple


class Rate(NamedTuple):
    """At most `burst` at once, and `per_s` a second in the long run."""

    per_s: float
    burst: float


class Bucket(NamedTuple):
    """So many tokens at a time (Unix s)."""

    tokens: float
    at: float


def taken(bucket: Bucket | None, rate: Rate, now: float) -> tuple[Bucket, bool]:
    """The bucket after somebody wanted a token at `now`, and whether there was one. None is a full bucket.

    A clock that goes back fills nothing and empties nothing.
    """
    if bucket is None:
        bucket = Bucket(rate.burst, now)
    tokens = min(rate.burst, bucket.tokens + max(0.0, now - bucket.at) * rate.per_s)
    at = max(now, bucket.at)
    if tokens < 1.0:
        return Bucket(tokens, at), False
    return Bucket(tokens - 1.0, at), True

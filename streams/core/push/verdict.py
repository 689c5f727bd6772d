"""Whether a list may be pushed to a user now: everything that can be said before the list is made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from streams.core.push.memory import PushMemory
from streams.core.push.quiet_hours import QuietHours
from streams.events import Push

DAY_S: Final = 24 * 3600.0


class Held(StrEnum):
    """Why something was not pushed, in the order in which it is asked."""

    FLOOD = "flood"  # more news at once than is looked into: an import, not news
    OTHER_VERSION = "other_version"  # encoded by an encoder version that is not in use any more
    LATE = "late"  # no news any more when its turn came
    UNKNOWN_USER = "unknown_user"  # erased meanwhile
    REPEAT = "repeat"  # this item was pushed to the user before
    UNFIT = "unfit"  # the user's interests have moved away from it
    UNLISTABLE = "unlistable"  # had, refused, resting, expired, deleted, or blocked by a business rule
    ACTIVE = "active"  # the user is here: their acts bring lists anyway
    QUIET_HOURS = "quiet_hours"
    USER_INTERVAL = "user_interval"  # too soon after the user's last push
    USER_DAILY = "user_daily"  # the user has had as many as a day allows
    GLOBAL_RATE = "global_rate"


@dataclass(frozen=True, slots=True)
class PushLimits:
    """Seconds between two pushes to a user; pushes in any 24 hours; seconds since the last act before a user counts as
    quiet; seconds for which something is news; the least cosine to an interest.
    """

    interval_s: float
    daily: int
    idle_s: float
    news_s: float
    cosine: float
    quiet: QuietHours | None


def held_back(
    push: Push, memory: PushMemory, limits: PushLimits, *, last_act_at: float, cosine: float, now: float
) -> Held | None:
    """Why not; None when nothing speaks against it. `cosine` is the item's to the user's interests as they are now.

    Whether the item may be in the user's list, and the global rate, are asked by the caller.
    """
    reasons = (
        (now - push.at > limits.news_s, Held.LATE),
        (memory.has(push.item_id), Held.REPEAT),
        (cosine < limits.cosine, Held.UNFIT),
        (now - last_act_at < limits.idle_s, Held.ACTIVE),
        (limits.quiet is not None and limits.quiet.holds(now), Held.QUIET_HOURS),
        (memory.since(now - limits.interval_s) > 0, Held.USER_INTERVAL),
        (memory.since(now - DAY_S) >= limits.daily, Held.USER_DAILY),
    )
    return next((held for holds, held in reasons if holds), None)

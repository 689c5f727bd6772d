"""Why an item is in a list: the true cause, as a code for programs and a sentence for people."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from streams.core.actions import action_of
from streams.core.candidates.registry import BACKFILL, PINNED, PUSHED
from streams.events import Action, NewsKind, Reason

_DONE: Final = {
    Action.VIEW: "viewed",
    Action.CLICK: "opened",
    Action.LIKE: "liked",
    Action.SAVE: "saved",
    Action.PURCHASE: "bought",
    Action.RATING: "rated highly",
}
# With the item it came from: {title} and what the user did with it.
_CAUSED: Final = {
    "interest": ("because_you_liked", "Because you {done} “{title}”"),
    "neighbours": ("liked_together", "People who liked “{title}” also liked this"),
    "next_after": ("next_after", "People often go on to this after “{title}”"),
    "kin": ("kin", "Goes with “{title}”, which you {done}: shared names or words"),
    "trending_tag": ("trending_tag", "Many take to this now, and it is of a kind with “{title}”, which you {done}"),
    "fresh": ("new_like", "New, and like “{title}”, which you {done}"),
    PUSHED[NewsKind.NEW]: ("pushed_new", "Just in, and like “{title}”, which you {done}"),
    PUSHED[NewsKind.HOT]: (
        "pushed_hot",
        "Many take to this just now, and it is like “{title}”, which you {done}",
    ),
}
_UNCAUSED: Final = {
    "interest": ("interest", "Close to what you like"),
    "trending": ("trending", "Many people take to this now"),
    "popular": ("popular", "Liked by many"),
    "fresh": ("new", "Among the newest here"),
    "exploration": ("exploring", "Little known yet: a try to learn whether you like it"),
    BACKFILL: ("more", "More from the catalogue"),
    PINNED: ("pinned", "Chosen by the team behind this page"),
    PUSHED[NewsKind.NEW]: ("pushed_new", "Just in, and close to what you like"),
    PUSHED[NewsKind.HOT]: ("pushed_hot", "Many take to this just now, and it is close to what you like"),
}
TITLE_LENGTH = 60
_REMEMBERED = 10_000  # the same items are behind many lists


class Cause(NamedTuple):
    """The act an item came from: the item acted on, its title, the act's grade (actions.py)."""

    item_id: str
    title: str
    grade: int


@lru_cache(_REMEMBERED)
def reason_for(source: str, cause: Cause | None) -> Reason:
    """The reason of an item that `source` brought. A source without words of its own gets a plain, true sentence."""
    if cause is not None and source in _CAUSED:
        code, text = _CAUSED[source]
        title = cause.title if len(cause.title) <= TITLE_LENGTH else cause.title[: TITLE_LENGTH - 1] + "…"
        done = _DONE.get(action_of(cause.grade), "liked")
        return Reason(code, text.format(done=done, title=title), (cause.item_id,))
    code, text = _UNCAUSED.get(source, (source, f"Found by {source.replace('_', ' ')}"))
    return Reason(code, text)

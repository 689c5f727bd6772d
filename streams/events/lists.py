"""What goes out: a list with its reasons and where it came from; and the wish for one."""

from __future__ import annotations

from typing import Annotated

import msgspec

from streams.events.identifiers import DEFAULT_SURFACE, Identifier


class Reason(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Why an item is in the list: a code for programs, a sentence for people, and the items it came from."""

    code: str
    text: str
    because_of: tuple[str, ...] = ()


class RecommendedItem(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One place of a list. `sources` maps each source that proposed the item to the score it gave."""

    item_id: Identifier
    title: str
    score: float
    source: str
    reason: Reason
    sources: dict[str, float] = {}


class Lineage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which inputs a list was made from: enough to reproduce it."""

    behaviour_partition: int
    behaviour_offset: int
    items_seen: int = 0
    statistics_seen: int = 0


class Exposure(msgspec.Struct, frozen=True, omit_defaults=True):
    """An experiment that could have made another list, and the user's variant. `edition` changes when the experiment is
    changed. `teams`, in interleaved lists alone: for each place the variant that chose it.
    """

    experiment: str
    edition: str
    variant: str
    teams: tuple[str, ...] = ()


class RecommendationList(msgspec.Struct, frozen=True, omit_defaults=True):
    """A fresh list for one user (topic recommendations, key user_id).

    `list_id` is a hash of the inputs: the same inputs made again give the same id, so a repeat can be dropped.
    `degraded` names sources that could not be asked. `freshness_s` is list time minus the newest input's event time.
    `exposures`: to experiments whose variants could differ here; `variant` names them, as `experiment:variant`.
    `pushed_for` is the item whose news made this list (trigger `push`): it stands at its head.
    """

    list_id: str
    user_id: Identifier
    made_at: float
    trigger: str
    items: tuple[RecommendedItem, ...]
    encoder_version: str
    ranker_version: str
    lineage: Lineage
    surface: str = DEFAULT_SURFACE
    variant: str = "default"
    degraded: tuple[str, ...] = ()
    request_id: str | None = None
    event_at: float | None = None
    freshness_s: float | None = None
    pushed_for: str | None = None
    exposures: tuple[Exposure, ...] = ()


class RecommendationRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Asks for a list now (topic requests, key user_id); answered on recommendations with the same request_id."""

    request_id: Identifier
    user_id: Identifier
    requested_at: float
    surface: str = DEFAULT_SURFACE
    k: Annotated[int, msgspec.Meta(ge=1, le=200)] = 10
    tags: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

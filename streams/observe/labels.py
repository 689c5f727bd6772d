"""Every value a metric's label may take. One outside these lists is a series nobody watches, and a leak in Prometheus.

Open are partitions and topics, which the broker bounds, encoder versions, of which a worker sees a few in its life, and
the names of experiments and variants, which the file of experiments bounds (8 times 6 at a time).
"""

from __future__ import annotations

from enum import StrEnum


class Agent(StrEnum):
    """Who consumes. Also the `stage` of dead letters."""

    ENCODE = "encode"
    INDEX = "index"
    PROFILE = "profile"
    STATISTICS = "statistics"
    REQUEST = "request"
    ERASE = "erase"
    VECTORS = "vectors"
    UPGRADE = "upgrade"
    FIND = "find"
    PUSH = "push"


class Stage(StrEnum):
    """What takes time: an agent's whole batch (the agent's own name), or one step of it."""

    ENCODE = "encode"
    ENCODE_MEDIA = "encode_media"
    INDEX = "index"
    PROFILE = "profile"
    PROFILE_QUEUE = "profile_queue"  # from the broker's timestamp to the start of the batch
    PROFILE_FOLD = "profile_fold"
    PROFILE_CANDIDATES = "profile_candidates"
    PROFILE_RANK = "profile_rank"
    STATISTICS = "statistics"
    REQUEST = "request"
    ERASE = "erase"
    VECTORS = "vectors"
    UPGRADE = "upgrade"
    FIND = "find"
    PUSH = "push"
    SEND = "send"  # until the broker has acknowledged the batch's output


class Outcome(StrEnum):
    """What became of an event: one of these, except that `clamped` and `unknown_item` are said beside another."""

    OK = "ok"
    DUPLICATE = "duplicate"  # same event_id as one already folded
    REPLAYED = "replayed"  # same offset as one already folded: a redelivery
    CLAMPED = "clamped"  # used, with a value brought into range
    DEAD = "dead"  # could not be used: in dead-letters
    SUPERSEDED = "superseded"  # a newer event on the same item stood in the same batch
    DELETED = "deleted"
    UNCHANGED = "unchanged"  # same content, same encoder version: not encoded again
    CARD_CHANGED = "card_changed"  # the card changed, the vector was kept
    ENCODED = "encoded"
    INDEXED = "indexed"
    OTHER_VERSION = "other_version"  # encoded by another encoder version: not ours to index
    UNKNOWN_ITEM = "unknown_item"  # remembered, counts once the item arrives


class SearchOutcome(StrEnum):
    """How an interest got its neighbours."""

    ASKED = "asked"
    REUSED = "reused"
    SKIPPED = "skipped"  # the index has just failed and is being left alone
    FAILED = "failed"


class Source(StrEnum):
    """Where a candidate comes from."""

    INTEREST = "interest"
    NEIGHBOURS = "neighbours"
    NEXT_AFTER = "next_after"
    KIN = "kin"
    TRENDING = "trending"
    TRENDING_TAG = "trending_tag"
    POPULAR = "popular"
    FRESH = "fresh"
    EXPLORATION = "exploration"
    BACKFILL = "backfill"  # fills an otherwise short list
    PINNED = "pinned"  # a business rule put it there
    PUSHED_NEW = "pushed_new"  # the new item that a list was pushed for
    PUSHED_HOT = "pushed_hot"  # the item that had become hot


class Lesson(StrEnum):
    """What the ranker made of a positive act."""

    LEARNED = "learned"
    PASSED = "passed"  # the user had no list lately, or the item was not among its candidates


class Trigger(StrEnum):
    """Why a list was made."""

    BEHAVIOUR = "behaviour"
    REQUEST = "request"
    HTTP = "http"
    PUSH = "push"


class Modality(StrEnum):
    """What an item is made of."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


class Operation(StrEnum):
    """A call to the encoder or to the vector index."""

    ENCODE = "encode"
    SEARCH = "search"
    UPSERT = "upsert"
    DELETE = "delete"
    FETCH = "fetch"
    COUNT = "count"
    ENSURE = "ensure"
    LIST = "list"  # every id of the index
    CLEAR = "clear"


class Ranking(StrEnum):
    """What is measured against what the user did next."""

    UPWELL = "upwell"
    POPULARITY = "popularity"


class Warmth(StrEnum):
    """Whether an item is known by what users did with it."""

    COLD = "cold"  # fewer than 5 positive acts
    WARM = "warm"


class Bound(StrEnum):
    """Of an interval."""

    LOW = "low"
    ESTIMATE = "estimate"
    HIGH = "high"


class Role(StrEnum):
    """What an encoder version is to the stream while two are served."""

    ACTIVE = "active"
    STANDBY = "standby"


class Refreshed(StrEnum):
    """What became of a user's interests on their way into their collection."""

    WRITTEN = "written"
    UNMOVED = "unmoved"  # what is stored is near enough
    FAILED = "failed"  # a batch that the store did not take; it is tried again


class RestartCause(StrEnum):
    """Why something was started again."""

    DIED = "died"
    STALLED = "stalled"

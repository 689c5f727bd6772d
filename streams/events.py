"""The wire contract: every message that enters or leaves Upwell, as strict msgspec structs.

JSON on the wire, UTF-8. Times are Unix seconds (float, UTC). The JSON Schema and AsyncAPI documents that
`upwell schema` prints are derived from these classes, so this file is the contract's only source.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=512, description="opaque, unique, stable")]
Attribute = str | float | bool | None


class Action(StrEnum):
    """What a user did. The sign and weight of each are in core/actions.py."""

    IMPRESSION = "impression"
    VIEW = "view"
    CLICK = "click"
    LIKE = "like"
    SAVE = "save"
    PURCHASE = "purchase"
    RATING = "rating"
    SKIP = "skip"
    DISLIKE = "dislike"
    HIDE = "hide"


class ContentOperation(StrEnum):
    """Whether a content event brings an item or takes it away."""

    UPSERT = "upsert"
    DELETE = "delete"


class ContentEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A new, changed or deleted item (topic content, key item_id).

    Media fields hold an http(s) URL, a `data:` URI, or a file path under one of the allowed roots.
    """

    item_id: Identifier
    operation: ContentOperation = ContentOperation.UPSERT
    title: str | None = None
    text: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    creator: str | None = None
    image: str | None = None
    audio: str | None = None
    video: str | None = None
    published_at: float | None = None
    expires_at: float | None = None
    attributes: dict[str, Attribute] = {}


class BehaviourEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One act of one user on one item (topic behaviour, key user_id). `value` is the stars of a rating (0 to 5)."""

    event_id: Identifier
    user_id: Identifier
    item_id: Identifier
    action: Action
    occurred_at: float
    value: float | None = None
    session_id: str | None = None
    context: dict[str, Attribute] = {}


class ItemCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of an item besides its vector; everything a list shows or a rule reads."""

    item_id: Identifier
    title: str = ""
    language: str | None = None
    tags: tuple[str, ...] = ()
    creator: str | None = None
    published_at: float | None = None
    expires_at: float | None = None
    attributes: dict[str, Attribute] = {}


class EncodedItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item as encoded (topic items, key item_id; a tombstone deletes it).

    `vector` is the fused embedding: little-endian float16, base64 on the wire, unit length before rounding.
    `problems` names modalities that were given but could not be used, as `modality:code`.
    """

    card: ItemCard
    vector: bytes
    modalities: tuple[str, ...]
    encoder_version: str
    content_hash: str
    media_hash: str
    source_partition: int
    source_offset: int
    content_at: float
    encoded_at: float
    problems: tuple[str, ...] = ()


class Signal(msgspec.Struct, frozen=True, omit_defaults=True):
    """One user's act as the item sees it (topic signals, key item_id); names no user.

    `companions` are the items the user engaged with just before, nearest first; `past` is how many items the user had
    liked before, counted no further than `core/stages.py` tells apart.
    `source_*` locate the behaviour event it comes from: consumers drop what they have already counted.
    """

    item_id: Identifier
    action: Action
    weight: float
    occurred_at: float
    source_epoch: int
    source_partition: int
    source_offset: int
    companions: tuple[str, ...] = ()
    past: int = 0


class ItemStatistics(msgspec.Struct, frozen=True, omit_defaults=True):
    """Decayed counts and neighbours of one item (topic item-statistics, key item_id).

    `popularity` maps a half-life in seconds (as text) to the decayed sum of weights as of `as_of`.
    `neighbours`: co-engagement weight with items engaged with before this one; `predecessors`: of the very last.
    `stages`: how many positive acts came from users at each stage (core/stages.py); `first_at`: the first one's time.
    """

    item_id: Identifier
    as_of: float
    counts: dict[str, int]
    popularity: dict[str, float]
    neighbours: dict[str, float] = {}
    predecessors: dict[str, float] = {}
    stages: tuple[int, ...] = ()
    first_at: float = 0.0


class RankerWeights(msgspec.Struct, frozen=True):
    """What the acts of one behaviour partition have taught the ranker (topic ranker, key the partition's number).

    `version` names the model; weights of another one mean nothing to it. `lessons` counts the acts. `arrays` are
    little-endian float32 by name, `losses` mean log losses of the model's two parts.
    """

    partition: int
    version: str
    lessons: int
    losses: list[float]
    arrays: dict[str, bytes]


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
    surface: str = "default"
    variant: str = "default"
    degraded: tuple[str, ...] = ()
    request_id: str | None = None
    event_at: float | None = None
    freshness_s: float | None = None
    pushed_for: str | None = None
    exposures: tuple[Exposure, ...] = ()


class VariantCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was counted of one variant: `users` and `lists` exposed to it, `acts` of those users scored against these
    lists, `active` users with such an act. A hit is an act whose item stood in the list's first ten places.
    `X_squared`, `X_acts`: sums over users of X², X times acts. `popularity_hits`: popularity's; `cold_*`: cold items'.
    """

    users: int = 0
    lists: int = 0
    active: int = 0
    acts: int = 0
    acts_squared: int = 0
    hits: float = 0.0
    hits_squared: float = 0.0
    hits_acts: float = 0.0
    ndcg: float = 0.0
    ndcg_squared: float = 0.0
    ndcg_acts: float = 0.0
    popularity_hits: int = 0
    cold_acts: int = 0
    cold_hits: float = 0.0
    hits_by_source: dict[str, int] = {}


class ExperimentCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one behaviour partition has counted of an edition of an experiment (topic experiments, key
    `experiment/edition/partition`). Names no user.

    `weights`: by variant, the control first. `paired`, of interleaved lists: the second variant's credits less the
    first's. `since`: the first list's time. Acts up to `epoch` and `offset` are in.
    """

    experiment: str
    edition: str
    kind: str
    partition: int
    weights: dict[str, float]
    planned_acts: int
    since: float
    variants: dict[str, VariantCounts]
    paired: VariantCounts | None = None
    epoch: int = -1
    offset: int = -1


class NewsKind(StrEnum):
    """Why an item is worth telling people of who did not ask."""

    NEW = "new"  # just published
    HOT = "hot"  # many more people take to it than usual


class ItemNews(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item that has just come, or just become hot (topic news, key item_id). Internal: looks for whom it may please.

    `vector` as in EncodedItem, of `encoder_version`; `at` is when it was published or became hot (Unix s).
    """

    item_id: Identifier
    kind: NewsKind
    at: float
    encoder_version: str
    vector: bytes


class Push(msgspec.Struct, frozen=True, omit_defaults=True):
    """A user whom an item's news may please (topic pushes, key user_id). Internal: asks for a pushed list.

    `cosine` is the item's to the nearest of the user's interests; `at` as in ItemNews.
    """

    user_id: Identifier
    item_id: Identifier
    kind: NewsKind
    at: float
    cosine: float


class RecommendationRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Asks for a list now (topic requests, key user_id); answered on recommendations with the same request_id."""

    request_id: Identifier
    user_id: Identifier
    requested_at: float
    surface: str = "default"
    k: Annotated[int, msgspec.Meta(ge=1, le=200)] = 10
    tags: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event that could not be used (topic dead-letters, key as it was). Original bytes are base64 on the wire."""

    topic: str
    partition: int
    offset: int
    stage: str
    code: str
    message: str
    attempts: int
    failed_at: float
    key: bytes | None = None
    value: bytes | None = None
    truncated: bool = False


class Erasure(msgspec.Struct, frozen=True, omit_defaults=True):
    """Asks to erase a user (topic erasures, key user_id)."""

    user_id: Identifier
    requested_at: float
    erasure_id: Identifier


class ErasureReceipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was erased where (topic erasure-receipts, key user_id)."""

    erasure_id: Identifier
    user_id: Identifier
    erased_at: float
    erased: dict[str, int] = {}


class ItemVector(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item's vector under another encoder version than its record on `items` has (topic vectors; a tombstone
    deletes it). Written while two versions are kept; the key is `encoder_version/item_id`.

    `vector` as in EncodedItem. It is the item's only while `media_hash` equals that of its record on `items`.
    """

    item_id: Identifier
    encoder_version: str
    vector: bytes
    media_hash: str
    source_partition: int
    source_offset: int
    expires_at: float | None = None

    @property
    def key(self) -> bytes:
        return f"{self.encoder_version}/{self.item_id}".encode()


class UpgradeOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an upgrade is to be done. `items_per_s` bounds the filling; `shadow_share` of the lists are made twice for
    `shadow_s` seconds before the change; with `hold` it waits there, and also when the new version could not encode
    more than `max_refused` of the items; the old version is kept for `keep_s` seconds.
    """

    items_per_s: Annotated[float, msgspec.Meta(gt=0)] = 50.0
    shadow_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1
    shadow_s: Annotated[float, msgspec.Meta(ge=0)] = 60.0
    keep_s: Annotated[float, msgspec.Meta(ge=0)] = 24 * 3600.0
    hold: bool = False
    max_refused: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.01


class EncoderOperation(StrEnum):
    """What is asked of the encoders' coordinator."""

    UPGRADE = "upgrade"
    ROLLBACK = "rollback"
    RETIRE = "retire"  # stop keeping the version before


class EncoderCommand(msgspec.Struct, frozen=True, omit_defaults=True):
    """Asks for another encoder version, for the one before, or to drop that (topic encoder-commands, key stream)."""

    stream: Identifier
    command_id: Identifier
    operation: EncoderOperation
    requested_at: float
    version: str | None = None
    options: UpgradeOptions = UpgradeOptions()


class EncoderPhase(StrEnum):
    """Where a stream stands between two encoder versions."""

    STEADY = "steady"  # one version
    PREPARING = "preparing"  # the standby is being loaded
    FILLING = "filling"  # the standby's vectors are being made; new content gets both
    SHADOWING = "shadowing"  # the standby is complete; some lists are made twice and compared
    KEPT = "kept"  # the standby is the version before, ready to go back to
    RETIRING = "retiring"  # the standby's vectors are being deleted


class EncoderState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which encoder version lists are made with, and how far an upgrade is (topic encoders, key stream).

    `items` are those of the catalogue, `filled` those with a vector of both versions, `refused` those the standby
    cannot encode. `vectors_ends`: a worker changes to `active` once it has read `vectors` up to there. `problem` says
    what keeps an upgrade from going on, or ended it. `commands` are the ids of the last commands, newest last;
    `refusal` says why the newest was not followed. Times: Unix s.
    """

    stream: Identifier
    revision: int
    active: str
    phase: EncoderPhase
    since: float
    standby: str | None = None
    options: UpgradeOptions = UpgradeOptions()
    items: int = 0
    filled: int = 0
    refused: int = 0
    eta_s: float | None = None
    changed_at: float | None = None
    keep_until: float | None = None
    vectors_ends: dict[str, int] = {}
    problem: str = ""
    commands: tuple[str, ...] = ()
    refusal: str = ""

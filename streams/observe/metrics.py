"""Every metric of Upwell, in one place. Units are in the names; label values are in labels.py.

Module-level objects on prometheus-client's default registry: one worker is one process is one scrape target, so there
is no multiprocess mode and every sum over workers is made in PromQL. Times are seconds, sizes bytes, ratios 0 to 1.
Series that mean something at zero (an error that has not happened) exist from the start, so that rates and alerts do
not wait for the first bad event.
"""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics

from streams.core.push.verdict import Held
from streams.events import EncoderPhase, NewsKind
from streams.observe.labels import (
    Agent,
    Lesson,
    Modality,
    Operation,
    Outcome,
    Ranking,
    Refreshed,
    RestartCause,
    Role,
    SearchOutcome,
    Source,
    Stage,
    Trigger,
    Warmth,
)

# Prometheus reads a counter's reset from its value; the `_created` series would double the page for nothing.
disable_created_metrics()  # type: ignore[no-untyped-call]  # it carries no annotations

# Fine around what is promised (a list within 50 ms of the event), coarse beyond it.
FRESH_BUCKETS = (
    *(0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.045, 0.05),
    *(0.06, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
SEARCHABLE_BUCKETS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0)
LATENCY_BUCKETS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
PAUSE_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0)

# Events and the agents that handle them
EVENTS = Counter("upwell_events_total", "Events handled, by topic and what became of them", ["topic", "outcome"])
BATCH_SIZE = Histogram("upwell_batch_events", "Events handled together by an agent", ["agent"], buckets=BATCH_BUCKETS)
STAGE_LATENCY = Histogram("upwell_stage_seconds", "Time a batch spends in a stage", ["stage"], buckets=LATENCY_BUCKETS)
CLAMPS = Counter("upwell_clamped_values_total", "Values of events brought into range, by which", ["clamp"])
DEAD_LETTERS = Counter("upwell_dead_letters_total", "Events that could not be used", ["stage", "code"])
NEWEST_EVENT = Gauge(
    "upwell_newest_event_timestamp_seconds", "Event time of the newest event handled (Unix s)", ["topic"]
)

# Freshness: the promise
FRESHNESS = Histogram("upwell_freshness_seconds", "Behaviour's event time to its list's time", buckets=FRESH_BUCKETS)
CONTENT_SEARCHABLE = Histogram(
    "upwell_content_searchable_seconds", "Content arriving on its topic to its vector being in the index",
    buckets=SEARCHABLE_BUCKETS,
)  # fmt: skip
CONTENT_RECOMMENDABLE = Histogram(
    "upwell_content_recommendable_seconds", "Content arriving on its topic to a worker being able to recommend it",
    buckets=SEARCHABLE_BUCKETS,
)  # fmt: skip

# Partitions
LAG = Gauge("upwell_lag_events", "Events on the broker not yet committed by this worker", ["topic", "partition"])
COMMITTED = Gauge(
    "upwell_committed_offset", "Last committed offset of a partition of this worker", ["topic", "partition"]
)
PARTITIONS = Gauge("upwell_partitions_assigned", "Partitions this worker consumes", ["topic"])
OFFSET_HOLES = Counter("upwell_offset_hole_events_total", "Events skipped by the client and fetched again", ["topic"])
REBALANCES = Counter("upwell_rebalances_total", "Times this worker's partitions changed")
REBALANCE_PAUSE = Histogram(
    "upwell_rebalance_pause_seconds", "Time without progress in a rebalance", buckets=PAUSE_BUCKETS
)
RESTARTS = Counter("upwell_restarts_total", "Times this worker's place was filled anew by the launcher", ["cause"])

# Encoder and media
ENCODER_LATENCY = Histogram(
    "upwell_encoder_seconds", "Time of one call to the encoder", ["operation"], buckets=LATENCY_BUCKETS
)
ENCODER_ERRORS = Counter("upwell_encoder_errors_total", "Calls the encoder did not answer", ["operation"])
ENCODED = Counter("upwell_encoded_modalities_total", "Modalities that went into an item's vector", ["modality"])
MEDIA_PROBLEMS = Counter("upwell_media_problems_total", "Media given that could not be used", ["modality", "code"])
MEDIA_BYTES = Counter("upwell_media_bytes_total", "Bytes of media that went to the encoder", ["modality"])

# Vector index
INDEX_LATENCY = Histogram(
    "upwell_index_seconds", "Time of one call to the vector index", ["operation"], buckets=LATENCY_BUCKETS
)
INDEX_ERRORS = Counter("upwell_index_errors_total", "Calls the vector index did not answer", ["operation"])
SEARCHES = Counter(
    "upwell_interest_searches_total", "Interests that wanted neighbours, by how they got them", ["outcome"]
)

# In-process views and tables
VIEW_BEHIND = Gauge("upwell_view_behind_events", "Records of the topic this worker's view has not read", ["topic"])
CATALOGUE = Gauge("upwell_catalogue_items", "Items this worker can recommend")
BUSINESS_RULES = Gauge("upwell_business_rules", "Business rules in force on this worker")
REFUSED_RULE_FILES = Gauge(
    "upwell_refused_rule_files", "1 while the rule file cannot be used and older rules stay in force"
)
USERS = Gauge("upwell_table_users", "Profiles in this worker's part of the table")

# Lists
LISTS = Counter("upwell_lists_total", "Lists pushed, by what asked for them", ["trigger"])
DEGRADED_LISTS = Counter(
    "upwell_degraded_lists_total", "Lists made without a source that could not be asked", ["source"]
)
LEAN_LISTS = Counter("upwell_lean_lists_total", "Lists made from fewer candidates because many were due at once")
CANDIDATES = Counter("upwell_candidates_total", "Candidates proposed", ["source"])
PLACES = Counter("upwell_list_places_total", "Places of pushed lists, by the source that filled them", ["source"])
COLD_PLACES = Counter(
    "upwell_cold_list_places_total", "Places of pushed lists given to items with fewer than 5 positive acts"
)
COVERAGE = Gauge("upwell_list_coverage_ratio", "Share of the catalogue in this worker's recent lists")

# Push: an item's news, the users it may please, the lists pushed to them
PUSH_NEWS = Counter("upwell_push_news_total", "Items whose news was searched users for", ["kind"])
PUSH_USERS = Counter("upwell_push_users_total", "Users whose interests the news fits")
PUSHES = Counter("upwell_pushes_total", "Lists pushed for an item's news", ["kind"])
PUSHES_HELD = Counter("upwell_pushes_held_total", "News, or a user's push for it, held back, by why", ["why"])
PUSH_DELAY = Histogram(
    "upwell_push_delay_seconds", "An item being published, or becoming hot, to a list pushed for it",
    buckets=SEARCHABLE_BUCKETS,
)  # fmt: skip
USER_INTERESTS = Counter(
    "upwell_user_interests_total", "Users whose interests were looked at for their collection", ["outcome"]
)
USERS_WAITING = Gauge("upwell_waiting_users", "Users whose interests wait to be written to their collection")

# Quality, prequential: each positive act is scored against the list the user last had, before it is learned from
LIVE_EVALUATED = Counter("upwell_live_evaluated_total", "Positive acts scored against a ranking", ["ranking"])
LIVE_HITS = Counter("upwell_live_hits_total", "Positive acts whose item stood in the ranking's top 10", ["ranking"])
LIVE_NDCG = Counter("upwell_live_ndcg_total", "Sum of NDCG@10 over the acts scored", ["ranking"])
LESSONS = Counter("upwell_ranker_lessons_total", "Positive acts, by whether the ranker learned from them", ["outcome"])
ROLLBACKS = Counter("upwell_ranker_rollbacks_total", "Times this worker's ranker went back to earlier weights")

LIVE_SOURCE_HITS = Counter("upwell_live_source_hits_total", "Hits of Upwell's lists, by the place's source", ["source"])
LIVE_WARMTH_EVALUATED = Counter(
    "upwell_live_warmth_evaluated_total", "Positive acts scored, by whether their item was cold", ["warmth"]
)
LIVE_WARMTH_HITS = Counter("upwell_live_warmth_hits_total", "Hits of Upwell's lists among those", ["warmth"])

# Experiments, by name: a changed one begins anew. Counters are of this worker's users; gauges are of all partitions,
# and every worker tells the same: take the maximum.
EXPERIMENTS = Gauge("upwell_running_experiments", "Experiments in force on this worker")
REFUSED_EXPERIMENT_FILES = Gauge(
    "upwell_refused_experiment_files", "1 while the file cannot be used and older experiments stay in force"
)
MISMATCHED_EXPERIMENTS = Gauge(
    "upwell_mismatched_experiments", "Running experiments whose users are not dealt out as meant"
)
EXPERIMENT_LISTS = Counter(
    "upwell_experiment_lists_total", "Lists on which the experiment could make a difference", ["experiment", "variant"]
)
EXPERIMENT_EVALUATED = Counter(
    "upwell_experiment_evaluated_total", "Positive acts scored against those", ["experiment", "variant", "warmth"]
)
EXPERIMENT_HITS = Counter(
    "upwell_experiment_hits_total", "Of these the hits, by the place's source",
    ["experiment", "variant", "source", "warmth"],
)  # fmt: skip
EXPERIMENT_NDCG = Counter(
    "upwell_experiment_ndcg_total", "Sum of NDCG@10 over the acts scored", ["experiment", "variant"]
)
EXPERIMENT_USERS = Gauge("upwell_experiment_users", "Users exposed to a running experiment", ["experiment", "variant"])
EXPERIMENT_DIFFERENCE = Gauge(
    "upwell_experiment_difference_ratio", "Hit rate@10 less the control's: estimate and confidence sequence",
    ["experiment", "variant", "bound"],
)  # fmt: skip

# Encoder versions and the upgrade from one to another. Every worker tells what the state says; take the maximum.
ENCODER_LISTS = Counter(
    "upwell_encoder_lists_total", "Lists pushed, by the encoder version they were made with", ["encoder_version"]
)
UPGRADE_PHASE = Gauge("upwell_upgrade_phase_info", "1 for the phase that the encoder upgrade is in, else 0", ["phase"])
UPGRADE_ITEMS = Gauge("upwell_upgrade_items", "Items of the catalogue while an upgrade is under way")
UPGRADE_FILLED = Gauge("upwell_upgrade_filled_items", "Items that have a vector of the encoder version standing by")
UPGRADE_REFUSED = Gauge("upwell_upgrade_refused_items", "Items that the version standing by cannot encode")
UPGRADE_ETA = Gauge("upwell_upgrade_eta_seconds", "Time until every item is filled, at the present rate")
SHADOW_LISTS = Counter("upwell_shadow_lists_total", "Lists made with both encoder versions to compare them")
SHADOW_OVERLAP = Counter("upwell_shadow_overlap_total", "Sum of overlap@k over those lists")
SHADOW_SECONDS = Histogram(
    "upwell_shadow_seconds", "Time of a batch of those lists, by version", ["role"], buckets=LATENCY_BUCKETS
)
SHADOW_EVALUATED = Counter("upwell_shadow_evaluated_total", "Positive acts scored against those lists", ["role"])
SHADOW_HITS = Counter("upwell_shadow_hits_total", "Positive acts whose item stood in that version's list", ["role"])

# Users' rights
ERASURES = Counter("upwell_erasures_total", "Users erased")

BUILD = Info("upwell_build", "Versions of this worker")


def _start_at_zero() -> None:
    vocabularies: tuple[tuple[Counter | Histogram, type[StrEnum]], ...] = (
        (STAGE_LATENCY, Stage),
        (BATCH_SIZE, Agent),
        (RESTARTS, RestartCause),
        (ENCODER_ERRORS, Operation),
        (INDEX_ERRORS, Operation),
        (ENCODED, Modality),
        (MEDIA_BYTES, Modality),
        (SEARCHES, SearchOutcome),
        (LISTS, Trigger),
        (DEGRADED_LISTS, Source),
        (CANDIDATES, Source),
        (PLACES, Source),
        (LIVE_EVALUATED, Ranking),
        (LIVE_HITS, Ranking),
        (LIVE_NDCG, Ranking),
        (LESSONS, Lesson),
        (LIVE_SOURCE_HITS, Source),
        (LIVE_WARMTH_EVALUATED, Warmth),
        (LIVE_WARMTH_HITS, Warmth),
        (SHADOW_SECONDS, Role),
        (SHADOW_EVALUATED, Role),
        (SHADOW_HITS, Role),
        (PUSH_NEWS, NewsKind),
        (PUSHES, NewsKind),
        (PUSHES_HELD, Held),
        (USER_INTERESTS, Refreshed),
    )
    for metric, values in vocabularies:
        for value in values:
            metric.labels(value)
    for phase in EncoderPhase:
        UPGRADE_PHASE.labels(phase).set(phase is EncoderPhase.STEADY)
    for outcome in (Outcome.OK, Outcome.DUPLICATE, Outcome.REPLAYED, Outcome.CLAMPED, Outcome.DEAD):
        EVENTS.labels("behaviour", outcome)
    for outcome in (Outcome.ENCODED, Outcome.UNCHANGED, Outcome.DELETED, Outcome.DEAD):
        EVENTS.labels("content", outcome)


_start_at_zero()


def forget_partition(topic: str, partition: int) -> None:
    """Drops the gauges of a partition that has moved to another worker, which would else be counted twice."""
    for gauge in (LAG, COMMITTED):
        gauge.remove(topic, str(partition))


def forget_experiment(name: str) -> None:
    """Drops the series of an experiment that has ended or changed. Don't keep them in `series()`: it may come back."""
    for metric in (
        EXPERIMENT_LISTS,
        EXPERIMENT_EVALUATED,
        EXPERIMENT_HITS,
        EXPERIMENT_NDCG,
        EXPERIMENT_USERS,
        EXPERIMENT_DIFFERENCE,
    ):
        metric.remove_by_labels({"experiment": name})

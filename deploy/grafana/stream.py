"""Stream: partitions, batches, stages, and everything that can hold an event up."""

from __future__ import annotations

from deploy.grafana.board import Board, Row
from deploy.grafana.panels import (
    COUNT,
    PER_SECOND,
    SECONDS,
    WINDOW,
    Query,
    graph,
    heat,
    percentiles,
    rate,
    rate_or_none,
)

BOARD = Board(
    "stream",
    "Stream",
    "Partitions, batches, stages, and everything that can hold an event up.",
    [
        Row(
            "Partitions",
            [
                graph(
                    "Waiting events",
                    COUNT,
                    "Lag of each partition. One that grows alone has a hot key or a stuck worker.",
                    Query("sum by (topic, partition) (upwell_lag_events)", "{{topic}}/{{partition}}"),
                ),
                graph(
                    "Commits",
                    PER_SECOND,
                    "How fast committed offsets move. Flat with lag above means a worker that looks alive and is not.",
                    Query(f"sum by (topic) (clamp_min(deriv(upwell_committed_offset[{WINDOW}]), 0))", "{{topic}}"),
                ),
                graph(
                    "Partitions per worker",
                    COUNT,
                    "Who consumes what; uneven for long means too few partitions for the workers.",
                    Query("sum by (instance) (upwell_partitions_assigned)", "{{instance}}"),
                ),
                graph(
                    "Age of the newest event",
                    SECONDS,
                    "Now minus the newest event time handled. Grows when producers stop or a replay is under way.",
                    Query("time() - max by (topic) (upwell_newest_event_timestamp_seconds > 0)", "{{topic}}"),
                ),
            ],
        ),
        Row(
            "Work",
            [
                graph(
                    "Events by outcome",
                    PER_SECOND,
                    "What became of the events.",
                    rate("upwell_events_total", "topic, outcome"),
                ),
                graph(
                    "Batch size",
                    COUNT,
                    "Events handled together, mean. Larger batches save work, and cost waiting.",
                    Query(
                        f"sum by (agent) (rate(upwell_batch_events_sum[{WINDOW}]))"
                        f" / (sum by (agent) (rate(upwell_batch_events_count[{WINDOW}])) > 0)",
                        "{{agent}}",
                    ),
                ),
                graph(
                    "Stage latency p99",
                    SECONDS,
                    "Where a batch spends its time.",
                    *percentiles("upwell_stage_seconds", 0.99, by="stage"),
                ),
                heat("Freshness", SECONDS, "The distribution behind the percentiles.", "upwell_freshness_seconds"),
            ],
        ),
        Row(
            "Trouble",
            [
                graph(
                    "Dead letters",
                    PER_SECOND,
                    "Events that could not be used, by stage and reason code (docs/events.md).",
                    rate_or_none("upwell_dead_letters_total", "stage, code"),
                ),
                graph(
                    "Offset holes",
                    PER_SECOND,
                    "Events that the client skipped and that were fetched again. Anything but zero deserves a look.",
                    rate_or_none("upwell_offset_hole_events_total", "topic"),
                ),
                graph(
                    "Rebalances and restarts",
                    COUNT,
                    "Since each worker started.",
                    Query("sum by (instance) (upwell_rebalances_total)", "{{instance}} rebalances"),
                    Query("sum by (instance, cause) (upwell_restarts_total)", "{{instance}} {{cause}}"),
                ),
                graph(
                    "Views behind",
                    COUNT,
                    "Records of the compacted topics that a worker's in-process views have not read.",
                    Query("sum by (instance, topic) (upwell_view_behind_events)", "{{instance}} {{topic}}"),
                ),
            ],
        ),
    ],
)

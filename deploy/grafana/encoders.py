"""Encoders: media in, vectors out, and what Triton does meanwhile."""

from __future__ import annotations

from deploy.grafana.board import Board, Row
from deploy.grafana.panels import (
    BYTES_PER_SECOND,
    COUNT,
    PER_SECOND,
    SECONDS,
    SHARE,
    WINDOW,
    Query,
    graph,
    heat,
    percentiles,
    rate,
    rate_or_none,
)


def _per_request(duration: str) -> Query:
    """Triton counts microseconds; the mean per request, in seconds."""
    return Query(
        f"sum by (model) (rate({duration}[{WINDOW}]))"
        f" / (sum by (model) (rate(nv_inference_request_success[{WINDOW}])) > 0) / 1e6",
        "{{model}}",
    )


BOARD = Board(
    "encoders",
    "Encoders",
    "Media in, vectors out, and what Triton does meanwhile.",
    [
        Row(
            "Content",
            [
                graph(
                    "Content events",
                    PER_SECOND,
                    "What became of them.",
                    rate("upwell_events_total", "outcome", '{topic="content"}'),
                ),
                graph(
                    "Modalities encoded",
                    PER_SECOND,
                    "What went into the items' vectors.",
                    rate("upwell_encoded_modalities_total", "modality"),
                ),
                graph(
                    "Media that could not be used",
                    PER_SECOND,
                    "By modality and reason code (docs/events.md). The item is encoded from what is left.",
                    rate_or_none("upwell_media_problems_total", "modality, code"),
                ),
                graph(
                    "Media read",
                    BYTES_PER_SECOND,
                    "Bytes that went to the encoder.",
                    rate("upwell_media_bytes_total", "modality"),
                ),
            ],
        ),
        Row(
            "Calls",
            [
                graph(
                    "Encoder latency",
                    SECONDS,
                    "One call, a micro-batch of items.",
                    *percentiles("upwell_encoder_seconds", 0.5, 0.99, by="operation"),
                ),
                graph(
                    "Encoder errors",
                    PER_SECOND,
                    "Calls without an answer. The batch is tried again; content waits in its topic.",
                    rate("upwell_encoder_errors_total", "operation"),
                ),
                graph(
                    "Batch size",
                    COUNT,
                    "Items per encoder call, mean.",
                    Query(
                        f'sum(rate(upwell_batch_events_sum{{agent="encode"}}[{WINDOW}]))'
                        f' / (sum(rate(upwell_batch_events_count{{agent="encode"}}[{WINDOW}])) > 0)',
                        "items",
                    ),
                ),
                heat(
                    "Content becomes searchable",
                    SECONDS,
                    "Content arriving on its topic to its vector being in the index.",
                    "upwell_content_searchable_seconds",
                ),
            ],
        ),
        Row(
            "Versions",
            [
                graph(
                    "Lists by encoder version",
                    PER_SECOND,
                    "Two only while workers change from one to the other.",
                    rate("upwell_encoder_lists_total", "encoder_version"),
                    stacked=True,
                ),
                graph(
                    "Upgrade: items encoded by the new version",
                    COUNT,
                    "Against all items of the catalogue. `upwell encoders status` says when it will be done.",
                    Query("max(upwell_upgrade_items)", "items"),
                    Query("max(upwell_upgrade_filled_items)", "filled"),
                    Query("max(upwell_upgrade_refused_items)", "refused"),
                ),
                graph(
                    "Upgrade: phase",
                    COUNT,
                    "1 for the phase it is in.",
                    Query("max by (phase) (upwell_upgrade_phase_info)", "{{phase}}"),
                ),
                graph(
                    "Shadow: overlap and live hit rate",
                    SHARE,
                    "Of the lists that are made with both versions: the share of items in both, and how often the next "
                    "positive act was in the list. 0 while nothing is compared.",
                    Query(
                        f"sum(rate(upwell_shadow_overlap_total[{WINDOW}]))"
                        f" / (sum(rate(upwell_shadow_lists_total[{WINDOW}])) > 0) or vector(0)",
                        "overlap",
                    ),
                    Query(
                        f"sum by (role) (rate(upwell_shadow_hits_total[{WINDOW}]))"
                        f" / (sum by (role) (rate(upwell_shadow_evaluated_total[{WINDOW}])) > 0) or vector(0)",
                        "hit rate {{role}}",
                    ),
                ),
            ],
        ),
        Row(
            "Triton",
            [
                graph(
                    "Requests by model",
                    PER_SECOND,
                    "Answered requests; the ensemble and its parts count each.",
                    rate("nv_inference_request_success", "model"),
                ),
                graph(
                    "Failed requests",
                    PER_SECOND,
                    "Requests that Triton refused or a model failed.",
                    rate("nv_inference_request_failure", "model"),
                ),
                graph(
                    "Waiting in Triton's queue",
                    SECONDS,
                    "Mean per request. Grows when a model is the bottleneck: add instances or a GPU.",
                    _per_request("nv_inference_queue_duration_us"),
                ),
                graph(
                    "Computing",
                    SECONDS,
                    "Mean per request.",
                    _per_request("nv_inference_compute_infer_duration_us"),
                ),
            ],
        ),
    ],
)

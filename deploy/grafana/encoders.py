"""Encoders: media in, vectors out, and what Triton does meanwhile."""

from __future__ import annotations

from deploy.grafana.board import Board, Row
from deploy.grafana.panels import (
    BYTES_PER_SECOND,
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

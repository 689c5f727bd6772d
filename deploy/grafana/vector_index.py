"""Vector index: searches asked and saved, writes, and Milvus's own account."""

from __future__ import annotations

from deploy.grafana.board import Board, Row
from deploy.grafana.panels import (
    PER_SECOND,
    SECONDS,
    SHARE,
    WINDOW,
    Query,
    graph,
    heat,
    percentiles,
    rate,
    ratio,
)

BOARD = Board(
    "vector-index",
    "Vector index",
    "Searches asked and saved, writes, and Milvus's own account.",
    [
        Row(
            "Searches",
            [
                graph(
                    "Interest searches",
                    PER_SECOND,
                    "Interests that wanted neighbours: asked of the index, reused from the last search,"
                    " skipped while it is down, or failed.",
                    rate("upwell_interest_searches_total", "outcome"),
                ),
                graph(
                    "Searches saved",
                    SHARE,
                    "Share of interests that moved so little that their last search still held.",
                    ratio(
                        'upwell_interest_searches_total{outcome="reused"}', "upwell_interest_searches_total", "reused"
                    ),
                ),
                graph(
                    "Search latency",
                    SECONDS,
                    "One call, the interests of a whole micro-batch.",
                    *percentiles("upwell_index_seconds", 0.5, 0.99, where='{operation="search"}'),
                ),
                graph(
                    "Lists without interest search",
                    SHARE,
                    "Lists made while a source could not be asked, by source, as a share of all lists.",
                    Query(
                        f"sum by (source) (rate(upwell_degraded_lists_total[{WINDOW}]))"
                        f" / on () group_left () (sum(rate(upwell_lists_total[{WINDOW}])) > 0)",
                        "{{source}}",
                    ),
                ),
            ],
        ),
        Row(
            "Calls",
            [
                graph(
                    "Calls",
                    PER_SECOND,
                    "Calls to the index, by operation.",
                    rate("upwell_index_seconds_count", "operation"),
                ),
                graph(
                    "Errors",
                    PER_SECOND,
                    "Calls without an answer. Writes are tried until they are in; lists go on, marked degraded.",
                    rate("upwell_index_errors_total", "operation"),
                ),
                graph(
                    "Call latency p99",
                    SECONDS,
                    "By operation.",
                    *percentiles("upwell_index_seconds", 0.99, by="operation"),
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
            "Milvus",
            [
                graph(
                    "Requests by kind",
                    PER_SECOND,
                    "What Milvus's proxy was asked.",
                    rate("milvus_proxy_req_count", "function_name", '{status="total"}'),
                ),
                graph(
                    "Search latency inside Milvus p99",
                    SECONDS,
                    "What is left of the search latency above is network and client.",
                    Query(
                        f"histogram_quantile(0.99, sum by (le) (rate(milvus_proxy_sq_latency_bucket[{WINDOW}])))"
                        " / 1000",
                        "p99",
                    ),
                ),
            ],
        ),
    ],
)

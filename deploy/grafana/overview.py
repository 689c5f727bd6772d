"""Overview: is it well, is it fresh, is it good? The first screen."""

from __future__ import annotations

from deploy.grafana.board import Board, Row
from deploy.grafana.panels import (
    BYTES,
    COUNT,
    HANDLED,
    PER_SECOND,
    SECONDS,
    SHARE,
    WINDOW,
    Query,
    graph,
    number,
    percentiles,
    rate,
)
from deploy.grafana.quality import hit_rate

BOARD = Board(
    "overview",
    "Overview",
    "Events in, lists out, how fresh and how good they are.",
    [
        Row(
            "Now",
            [
                number("Workers up", COUNT, "Workers that answer Prometheus.", Query('sum(up{job="upwell"})', "up")),
                number("Events", PER_SECOND, "Events handled, all topics.", rate("upwell_events_total", where=HANDLED)),
                number("Lists", PER_SECOND, "Lists pushed.", rate("upwell_lists_total")),
                number(
                    "Freshness p99",
                    SECONDS,
                    "Behaviour's event time to its list's time; the goal is 50 ms.",
                    *percentiles("upwell_freshness_seconds", 0.99),
                    bad_above=0.05,
                ),
                number(
                    "Events waiting",
                    COUNT,
                    "Events on the broker that no worker has committed yet, all topics.",
                    Query("sum(upwell_lag_events)", "lag"),
                    bad_above=1000,
                ),
                number(
                    "Dead letters, last hour",
                    COUNT,
                    "Events that could not be used.",
                    Query("sum(increase(upwell_dead_letters_total[1h])) or vector(0)", "dead"),
                    bad_above=1,
                ),
                number("Items", COUNT, "Items a worker can recommend.", Query("max(upwell_catalogue_items)", "items")),
                number("Users", COUNT, "Profiles, all workers.", Query("sum(upwell_table_users)", "users")),
            ],
        ),
        Row(
            "Flow and freshness",
            [
                graph(
                    "Freshness",
                    SECONDS,
                    "Behaviour's event time to its list's time, all workers.",
                    *percentiles("upwell_freshness_seconds", 0.5, 0.9, 0.99),
                ),
                graph(
                    "New content becomes searchable",
                    SECONDS,
                    "Content arriving on its topic to its vector being in the index; the goal is 1 s.",
                    *percentiles("upwell_content_searchable_seconds", 0.5, 0.99),
                ),
                graph("Events", PER_SECOND, "Events handled, by topic.", rate("upwell_events_total", "topic", HANDLED)),
                graph(
                    "Lists", PER_SECOND, "Lists pushed, by what asked for them.", rate("upwell_lists_total", "trigger")
                ),
            ],
        ),
        Row(
            "Quality and resources",
            [
                graph(
                    "Live hit rate@10",
                    SHARE,
                    "Positive acts whose item stood in the list the user last had, beside plain popularity's list.",
                    hit_rate(),
                ),
                graph(
                    "Waiting events",
                    COUNT,
                    "Lag by topic: events on the broker that are not yet committed.",
                    Query("sum by (topic) (upwell_lag_events)", "{{topic}}"),
                ),
                graph(
                    "Processor",
                    COUNT,
                    "Cores each worker uses.",
                    Query(f'rate(process_cpu_seconds_total{{job="upwell"}}[{WINDOW}])', "{{instance}}"),
                ),
                graph(
                    "Memory",
                    BYTES,
                    "Resident memory of each worker.",
                    Query('process_resident_memory_bytes{job="upwell"}', "{{instance}}"),
                ),
            ],
        ),
    ],
)

"""Quality: are the lists good, by what users did next, and are they more than the popular few?"""

from __future__ import annotations

from deploy.grafana.board import Board, Row
from deploy.grafana.panels import COUNT, PER_SECOND, SECONDS, SHARE, WINDOW, Query, graph, percentiles, rate, ratio

# Acts are scored one by one, so a short window is noise: an hour.
_JUDGED = "1h"


def _per_act(counter: str) -> Query:
    return Query(
        f"sum by (ranking) (increase({counter}[{_JUDGED}]))"
        f" / (sum by (ranking) (increase(upwell_live_evaluated_total[{_JUDGED}])) > 0)",
        "{{ranking}}",
    )


def hit_rate() -> Query:
    """Share of positive acts whose item stood in the ranking's top 10, by ranking, over the last hour."""
    return _per_act("upwell_live_hits_total")


def _shares(counter: str) -> Query:
    return Query(
        f"sum by (source) (rate({counter}[{WINDOW}])) / on () group_left () (sum(rate({counter}[{WINDOW}])) > 0)",
        "{{source}}",
    )


BOARD = Board(
    "quality",
    "Quality",
    "Are the lists good, by what users did next, and are they more than the popular few?",
    [
        Row(
            "Against popularity: each positive act is scored against the list the user last had",
            [
                graph("Hit rate@10", SHARE, "Over the last hour.", hit_rate()),
                graph("NDCG@10", SHARE, "Over the last hour.", _per_act("upwell_live_ndcg_total")),
                graph(
                    "Lead over popularity",
                    COUNT,
                    "Hit rate of Upwell's lists over that of popularity's; below 1 popularity would have done better.",
                    Query(
                        f'sum(increase(upwell_live_hits_total{{ranking="upwell"}}[{_JUDGED}]))'
                        f' / (sum(increase(upwell_live_hits_total{{ranking="popularity"}}[{_JUDGED}])) > 0)',
                        "times",
                    ),
                ),
                graph(
                    "Acts scored",
                    PER_SECOND,
                    "Positive acts of users who had a list. Few acts make the figures above noise.",
                    rate("upwell_live_evaluated_total", "ranking"),
                ),
            ],
        ),
        Row(
            "The ranker learns",
            [
                graph(
                    "Lessons",
                    PER_SECOND,
                    "Positive acts the ranker learned from; it passes over an item that no source had proposed.",
                    rate("upwell_ranker_lessons_total", "outcome"),
                ),
                graph(
                    "Went back to earlier weights",
                    COUNT,
                    "In the last hour: what was learned since predicted acts worse than the weights before it.",
                    Query(f"sum by (instance) (increase(upwell_ranker_rollbacks_total[{_JUDGED}]))", "{{instance}}"),
                ),
            ],
        ),
        Row(
            "By source and by item",
            [
                graph(
                    "Hits by source",
                    PER_SECOND,
                    "Positive acts whose item stood in the list, by the source that its place was owed to.",
                    rate("upwell_live_source_hits_total", "source"),
                    stacked=True,
                ),
                graph(
                    "Hit rate@10, cold and warm items",
                    SHARE,
                    "Over the last hour. Cold: fewer than 5 positive acts before.",
                    Query(
                        f"sum by (warmth) (increase(upwell_live_warmth_hits_total[{_JUDGED}]))"
                        f" / (sum by (warmth) (increase(upwell_live_warmth_evaluated_total[{_JUDGED}])) > 0)",
                        "{{warmth}}",
                    ),
                ),
            ],
        ),
        Row(
            "Lists",
            [
                graph(
                    "Places by source",
                    SHARE,
                    "Which source filled the places of the lists.",
                    _shares("upwell_list_places_total"),
                    stacked=True,
                ),
                graph(
                    "Candidates by source",
                    SHARE,
                    "What the sources proposed. One with many candidates and few places is outranked, not silent.",
                    _shares("upwell_candidates_total"),
                    stacked=True,
                ),
                graph(
                    "Cold items",
                    SHARE,
                    "Share of places given to items with fewer than 5 positive acts.",
                    ratio("upwell_cold_list_places_total", "upwell_list_places_total", "cold"),
                ),
                graph(
                    "Coverage",
                    SHARE,
                    "Share of the catalogue in each worker's recent lists.",
                    Query("max by (instance) (upwell_list_coverage_ratio)", "{{instance}}"),
                ),
            ],
        ),
        Row(
            "Push: lists for new and newly hot items, to users who are away (docs/push.md; nothing while it is off)",
            [
                graph(
                    "Pushed lists",
                    PER_SECOND,
                    "Lists pushed for an item's news, the items that users were sought for, and the users found.",
                    Query(f"sum by (kind) (rate(upwell_pushes_total[{WINDOW}]))", "pushed, {{kind}}"),
                    Query(f"sum by (kind) (rate(upwell_push_news_total[{WINDOW}]))", "items, {{kind}}"),
                    Query(f"sum(rate(upwell_push_users_total[{WINDOW}]))", "users found"),
                ),
                graph(
                    "Held back",
                    PER_SECOND,
                    "What was not pushed, by why (docs/push.md).",
                    rate("upwell_pushes_held_total", "why"),
                ),
                graph(
                    "News to list",
                    SECONDS,
                    "From an item being published, or becoming hot, to the lists pushed for it.",
                    *percentiles("upwell_push_delay_seconds", 0.5, 0.99),
                ),
                graph(
                    "Users' interests",
                    COUNT,
                    "Users whose interests wait to be stored. Growing without end means that the vector store is away.",
                    Query("sum by (instance) (upwell_waiting_users)", "waiting at {{instance}}"),
                ),
            ],
        ),
    ],
)

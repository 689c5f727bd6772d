"""Experiments: what each variant brings, how sure that is, and whether users are dealt out as meant."""

from __future__ import annotations

from deploy.grafana.board import Board, Row
from deploy.grafana.panels import COUNT, PER_SECOND, SHARE, Query, graph, number, rate

_JUDGED = "1h"  # as on Quality
_VARIANT = "{{experiment}}: {{variant}}"


def _per_act(counter: str, where: str = "") -> Query:
    return Query(
        f"sum by (experiment, variant) (increase({counter}{where}[{_JUDGED}]))"
        f" / (sum by (experiment, variant) (increase(upwell_experiment_evaluated_total{where}[{_JUDGED}])) > 0)",
        _VARIANT,
    )


BOARD = Board(
    "experiments",
    "Experiments",
    "What each variant brings, how sure that is, and whether users are dealt out as meant.",
    [
        Row(
            "Now",
            [
                number("Running", COUNT, "Experiments in force.", Query("max(upwell_running_experiments)", "running")),
                number(
                    "Not dealt out as meant",
                    COUNT,
                    "Running experiments whose numbers of users are no chance (sample ratio mismatch): do not read "
                    "their figures, find out what loses users.",
                    Query("max(upwell_mismatched_experiments)", "mismatched"),
                    bad_above=1,
                ),
                number(
                    "Files refused",
                    COUNT,
                    "Workers that keep older experiments because the file cannot be used: `upwell experiments check`.",
                    Query("sum(upwell_refused_experiment_files)", "workers"),
                    bad_above=1,
                ),
            ],
        ),
        Row(
            "Against the control",
            [
                graph(
                    "Difference of hit rates",
                    SHARE,
                    "Since the experiment began, with its confidence sequence: true however often it is looked at. No "
                    "bounds while there are too few users.",
                    Query(
                        "max by (experiment, variant, bound) (upwell_experiment_difference_ratio)",
                        f"{_VARIANT} {{{{bound}}}}",
                    ),
                    signed=True,
                ),
                graph(
                    "Users",
                    COUNT,
                    "Exposed since the experiment began.",
                    Query("max by (experiment, variant) (upwell_experiment_users)", _VARIANT),
                ),
            ],
        ),
        Row(
            "Variants, over the last hour: for the eye, not for a verdict",
            [
                graph("Hit rate@10", SHARE, "Per act scored.", _per_act("upwell_experiment_hits_total")),
                graph("NDCG@10", SHARE, "Per act scored.", _per_act("upwell_experiment_ndcg_total")),
                graph(
                    "Hit rate@10, cold items",
                    SHARE,
                    "Per act scored on an item with fewer than 5 positive acts before.",
                    _per_act("upwell_experiment_hits_total", '{warmth="cold"}'),
                ),
                graph(
                    "Hits by source",
                    PER_SECOND,
                    "Which source the hits' places were owed to.",
                    rate("upwell_experiment_hits_total", "experiment, variant, source"),
                    stacked=True,
                ),
                graph(
                    "Exposures",
                    PER_SECOND,
                    "Lists on which the variants could differ.",
                    rate("upwell_experiment_lists_total", "experiment, variant"),
                ),
                graph(
                    "Acts scored",
                    PER_SECOND,
                    "Positive acts of users after such a list.",
                    rate("upwell_experiment_evaluated_total", "experiment, variant"),
                ),
            ],
        ),
    ],
)

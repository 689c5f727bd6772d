"""A report in words and columns, for the terminal."""

from __future__ import annotations

from typing import Final

from streams.core.experiments.report import Compared, ExperimentReport, VariantReport, points

COLUMNS: Final = ("variant", "users", "exposures", "acts", "hit rate@10", "NDCG@10", "against the control", "verdict")


def title(one: ExperimentReport) -> str:
    """Which experiment, and whether its users are dealt out as meant."""
    state = "running" if one.running else "ended"
    if one.mismatch_p is None:
        dealt = "lists interleaved"
    elif one.mismatch:
        dealt = f"SAMPLE RATIO MISMATCH, p = {one.mismatch_p:.2g}"
    else:
        dealt = f"users dealt out as meant (p = {one.mismatch_p:.2g})"
    return f"{one.experiment} ({one.edition}): {state}, {dealt}"


def row(variant: VariantReport) -> tuple[str, ...]:
    """One line under COLUMNS. Differences are in points of hit rate, with the confidence sequence."""
    return (
        variant.name,
        str(variant.users),
        str(variant.exposures),
        str(variant.acts),
        percent(variant.hit_rate_at_10),
        "-" if variant.ndcg_at_10 is None else f"{variant.ndcg_at_10:.4f}",
        against(variant.hits_against_control),
        str(variant.verdict.value),
    )


def percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def against(compared: Compared | None) -> str:
    """A difference with its interval, in points."""
    if compared is None:
        return ""
    if compared.low is None or compared.high is None:
        return f"{points(compared.difference)} (too early)"
    return f"{points(compared.difference)} ({points(compared.low)} to {points(compared.high)})"

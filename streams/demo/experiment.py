"""The experiment that the demo runs, where the user has not named a file of their own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from streams.core.experiments.report import ExperimentReport
from streams.core.experiments.shown import percent

TEXT: Final = """\
# The demo's experiment: does what was learned so far order lists better than the weights that were set by hand?
# Each list is made both ways and interleaved, since a demo has too few users to split them.
[[experiment]]
name = "ranker"
kind = "interleave"

  [[experiment.variant]]
  name = "by-hand"
  set = { ranker = "hand-set" }

  [[experiment.variant]]
  name = "learned"
"""


def write_experiment(home: Path) -> Path:
    """The file, in the demo's own folder."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "experiments.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def words(standing: Iterable[ExperimentReport]) -> list[str]:
    """Two lines for each experiment: its variants, and what may be said of them."""
    lines = []
    for one in standing:
        of = "hits on own places" if one.mismatch_p is None else "hit rate@10"
        exposures = max(variant.exposures for variant in one.variants)
        variants = ", ".join(f"{v.name} {percent(v.hit_rate_at_10)} of {v.acts} acts" for v in one.variants)
        lines.append(f"{one.experiment}: {exposures} exposures of {one.users} users; {of}: {variants}")
        lines.append(one.verdict)
    return lines

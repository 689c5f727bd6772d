"""The plots of a report, one file each. A new one is one file and one line in `DRAWINGS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from encoders.measuring.plots.cold import cold
from encoders.measuring.plots.confusion import confusion
from encoders.measuring.plots.missing import missing
from encoders.measuring.plots.plot import Plot
from encoders.measuring.plots.points import points
from encoders.measuring.plots.recall import recall
from encoders.measuring.plots.spoilt import spoilt
from encoders.measuring.plots.training import training
from encoders.measuring.run import Evaluation
from encoders.measuring.trained_logs import Log

DRAWINGS: tuple[Callable[[Evaluation, Mapping[str, Log]], Iterable[Plot]], ...] = (
    recall,
    points,
    missing,
    cold,
    spoilt,
    confusion,
    training,
)


def draw(evaluation: Evaluation, logs: Mapping[str, Log]) -> list[Plot]:
    """Every plot that the figures give something for."""
    return [plot for drawing in DRAWINGS for plot in drawing(evaluation, logs)]

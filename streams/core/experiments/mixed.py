"""Two lists of one user as one, interleaved."""

from __future__ import annotations

from msgspec.structs import replace

from streams.core.experiments.definition import Experiment
from streams.core.experiments.interleave import team_draft
from streams.core.experiments.trial import INTERLEAVED
from streams.events import Exposure, RecommendationList


def mixed(one: RecommendationList, other: RecommendationList, experiment: Experiment) -> RecommendationList:
    """One list of both variants' (`one` is the control's), each item as its variant had it. Where both lists are the
    same there is nothing to compare, and no exposure.
    """
    sides = tuple({item.item_id: item for item in made.items} for made in (one, other))
    first, second = ([*side] for side in sides)
    if first == second:
        return one
    picks = team_draft(first, second, max(len(first), len(second)), one.list_id)
    names = [variant.name for variant in experiment.variant]
    teams = tuple(names[pick.team] for pick in picks)
    return replace(
        one,
        items=tuple(sides[pick.team][pick.item_id] for pick in picks),
        ranker_version="+".join(dict.fromkeys((one.ranker_version, other.ranker_version))),
        degraded=tuple(dict.fromkeys((*one.degraded, *other.degraded))),
        exposures=(*one.exposures, Exposure(experiment.name, experiment.edition, INTERLEAVED, teams)),
    )

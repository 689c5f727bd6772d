"""The numbers the core runs on, with the names they have in the settings."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

DAY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """Limits and trade-offs. Names that exist in `Settings` mean the same there (units in brackets)."""

    list_size: int = 10
    history_size: int = 50
    exposures_kept: int = 40  # newest impressions remembered per user
    exposure_cap: int = 3  # shown so often within the window and ignored, an item rests
    exposure_window_s: float = 3 * DAY_S
    exposure_rest_s: float = 3 * DAY_S
    seen_kept: int = 1000  # consumed or refused items remembered beyond the history
    companions: int = 20  # items engaged with before an act that its signal carries
    interests: int = 3
    interest_candidates: int = 30
    half_life_s: float = 14 * DAY_S
    trend_half_life_s: float = 6 * 3600.0
    popularity_half_life_s: float = 30 * DAY_S
    lasting_half_life_s: float = 365 * DAY_S
    fresh_items: int = 1000
    source_candidates: int = 80  # most candidates of each other source
    leader_candidates: int = 50  # most of each kind of leader (trending, popular lately, popular ever)
    neighbour_acts: int = 50  # newest liked items whose neighbours are asked
    neighbour_half_life_s: float = (
        3650 * DAY_S
    )  # co-engagement stays true: with a year, a quarter of its worth was lost
    neighbours_kept: int = 200  # neighbours an item's state keeps
    neighbours_published: int = 50
    diversity: float = 0.25
    cap_per_tag: int = 4
    cap_of_taste: float = 2.0  # a tag may take so many times its share of the likes
    cap_per_creator: int = 3
    explore_places: int = 0
    fresh_places: int = 0
    fresh_for_s: float = DAY_S  # how long an item counts as new for those places
    cold_lift: float = 0.5  # nats added to the score of an item that few have met
    catalogue_items: int = 500_000
    future_tolerance_s: float = 300.0
    earliest_time: float = 631_152_000.0

    @property
    def leaner(self) -> Tuning:
        """Half as many candidates and half the history asked for them: lists a little less good, in less time."""
        return replace(
            self,
            source_candidates=max(4, self.source_candidates // 2),
            leader_candidates=max(1, self.leader_candidates // 2),
            neighbour_acts=max(1, self.neighbour_acts // 2),
        )

    @property
    def popularity_half_lives_s(self) -> tuple[float, ...]:
        """Under which an item's popularity is counted, shortest first."""
        return tuple(
            sorted(
                {
                    self.trend_half_life_s,
                    self.popularity_half_life_s,
                    self.lasting_half_life_s,
                }
            )
        )

    def unlike(self, other: Self) -> dict[str, int | float]:
        """What is otherwise than in the other one, by name."""
        return {f.name: mine for f in fields(self) if (mine := getattr(self, f.name)) != getattr(other, f.name)}

    @classmethod
    def of(cls, settings: object) -> Self:
        """Take every field that `settings` has; the rest keep their defaults."""
        return cls(**{f.name: getattr(settings, f.name) for f in fields(cls) if hasattr(settings, f.name)})

from __future__ import annotations

import numpy as np
import pytest

from streams.core.actions import (
    ACTIONS,
    CONSUMES,
    WEIGHTS,
    action_of,
    consumes,
    grade_of,
    is_positive,
    refuses,
    stars_of,
    weight,
)
from streams.events import Action


def test_every_action_of_the_wire_has_a_grade_that_gives_it_back() -> None:
    assert set(ACTIONS) == set(Action)
    for action in Action:
        assert action_of(grade_of(action, None)) is action


def test_stars_are_kept_to_the_half() -> None:
    assert stars_of(grade_of(Action.RATING, 3.6)) == 3.5
    assert stars_of(grade_of(Action.RATING, None)) is None
    assert stars_of(grade_of(Action.LIKE, 5.0)) is None


@pytest.mark.parametrize(("stars", "positive"), [(5.0, True), (3.5, True), (3.0, False), (2.5, False), (0.5, False)])
def test_a_rating_counts_as_liking_from_three_and_a_half_stars(stars: float, positive: bool) -> None:
    assert is_positive(Action.RATING, stars) is positive


def test_an_impression_says_nothing_and_a_hide_speaks_against() -> None:
    assert weight(Action.IMPRESSION) == 0
    assert weight(Action.HIDE) < weight(Action.SKIP) < 0 < weight(Action.VIEW) < weight(Action.PURCHASE)


def test_only_impressions_and_skips_leave_an_item_available() -> None:
    assert {action for action in Action if not consumes(action)} == {Action.IMPRESSION, Action.SKIP}
    assert {action for action in Action if refuses(action)} == {Action.DISLIKE, Action.HIDE}


def test_the_tables_say_what_the_functions_say() -> None:
    for action in Action:
        for stars in (None, 0.0, 2.5, 5.0):
            grade = grade_of(action, stars)
            assert np.isclose(WEIGHTS[grade], weight(action, stars))
            assert CONSUMES[grade] == consumes(action)

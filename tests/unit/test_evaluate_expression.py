from __future__ import annotations

import pytest

from streams.evaluate.expression import ExpressionError, parsed
from streams.events import Action


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("rating>=4.5", [(Action.RATING, 4.5), (Action.RATING, 5.0)], [(Action.RATING, 4.0), (Action.RATING, None)]),
        ("like", [(Action.LIKE, None)], [(Action.CLICK, None)]),
        ("like or purchase", [(Action.LIKE, None), (Action.PURCHASE, 3.0)], [(Action.VIEW, None)]),
        ("rating >= 4 and not hide", [(Action.RATING, 4.0)], [(Action.HIDE, None), (Action.RATING, 3.5)]),
        ("4 <= rating < 5", [(Action.RATING, 4.5)], [(Action.RATING, 5.0), (Action.LIKE, 4.5)]),
        ("value > 2", [(Action.VIEW, 3.0), (Action.RATING, 3.0)], [(Action.VIEW, 2.0), (Action.VIEW, None)]),
        ("action in (like, 'save')", [(Action.LIKE, None), (Action.SAVE, None)], [(Action.VIEW, None)]),
        ("action != hide", [(Action.VIEW, None)], [(Action.HIDE, None)]),
        ("not (rating<3 or dislike)", [(Action.RATING, 3.0)], [(Action.RATING, 2.5), (Action.DISLIKE, None)]),
        ("value == -1", [(Action.VIEW, -1.0)], [(Action.VIEW, 1.0)]),
    ],
)
def test_an_expression_says_which_acts_are_a_success(
    text: str, yes: list[tuple[Action, float | None]], no: list[tuple[Action, float | None]]
) -> None:
    holds = parsed(text)
    assert all(holds(*act) for act in yes)
    assert not any(holds(*act) for act in no)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rating>=",
        "stars>=4",
        "rating>=four",
        "rating + 1 > 3",
        "__import__('os')",
        "like()",
        "action > like",
        "action == love",
        "value",
        "True",
        "rating in (4, 5)",
        "x := 3",
        "like " * 200,
    ],
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parsed(text)
    assert "\n" not in str(refused.value)

"""The parser agrees with Python's own reading of an expression built at random."""

from __future__ import annotations

import operator
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from streams.evaluate.expression import ExpressionError, Predicate, parsed
from streams.events import Action

OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
NUMBERS = st.sampled_from([-1.0, 0.0, 0.5, 3.0, 4.5, 5.0])
ACTS = st.tuples(st.sampled_from(list(Action)), st.none() | NUMBERS)
Meaning = tuple[str, Predicate]


def _is(action: Action) -> Meaning:
    return action.value, lambda act, _: act is action


def _compares(action: Action | None, sign: str, bound: float) -> Meaning:
    def holds(act: Action, value: float | None) -> bool:
        return (action is None or act is action) and value is not None and bool(OPERATORS[sign](value, bound))

    return f"{action.value if action else 'value'} {sign} {bound}", holds


def _both(left: Meaning, right: Meaning) -> Meaning:
    return f"({left[0]}) and ({right[0]})", lambda *act: left[1](*act) and right[1](*act)


def _either(left: Meaning, right: Meaning) -> Meaning:
    return f"({left[0]}) or ({right[0]})", lambda *act: left[1](*act) or right[1](*act)


def _opposite(inner: Meaning) -> Meaning:
    return f"not ({inner[0]})", lambda *act: not inner[1](*act)


LEAVES = st.builds(_is, st.sampled_from(list(Action))) | st.builds(
    _compares, st.none() | st.sampled_from(list(Action)), st.sampled_from(sorted(OPERATORS)), NUMBERS
)


def _grown(inner: st.SearchStrategy[Meaning]) -> st.SearchStrategy[Meaning]:
    joined: list[Callable[[Meaning, Meaning], Meaning]] = [_both, _either]
    return st.builds(_opposite, inner) | st.one_of([st.builds(join, inner, inner) for join in joined])


@given(meaning=st.recursive(LEAVES, _grown, max_leaves=6), act=ACTS)
def test_an_expression_means_what_it_is_built_of(meaning: Meaning, act: tuple[Action, float | None]) -> None:
    text, holds = meaning
    assert parsed(text)(*act) == holds(*act)


@given(text=st.text(max_size=40), act=ACTS)
def test_any_text_gives_a_predicate_or_a_refusal(text: str, act: tuple[Action, float | None]) -> None:
    try:
        holds = parsed(text)
    except ExpressionError:
        return
    assert isinstance(holds(*act), bool)

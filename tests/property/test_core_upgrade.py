"""Whatever is ordered whenever, and whatever comes twice: no upgrade loses the version that lists are made with."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core import upgrade
from streams.events import EncoderCommand, EncoderOperation, EncoderPhase, EncoderState

VERSIONS = ("v1", "v2", "v3")
Step = tuple[str, object]

orders = st.tuples(
    st.just("order"),
    st.tuples(st.sampled_from(EncoderOperation), st.sampled_from(VERSIONS), st.integers(0, 30)),
)
steps = st.lists(st.one_of(orders, st.tuples(st.just("go on"), st.none())), max_size=40)


def ordered(what: tuple[EncoderOperation, str, int], now: float) -> EncoderCommand:
    operation, version, number = what
    return EncoderCommand("s", f"{number}", operation, now, version)


def go_on(state: EncoderState, now: float) -> EncoderState:
    """What the coordinator does next, when every step of it succeeds."""
    match state.phase:
        case EncoderPhase.PREPARING:
            return upgrade.prepared(state, now)
        case EncoderPhase.FILLING:
            return upgrade.filled(state, now)
        case EncoderPhase.SHADOWING if upgrade.may_change(state, now):
            return upgrade.changed_over(state, {"0": int(now)}, now)
        case EncoderPhase.KEPT if upgrade.kept_long_enough(state, now):
            return upgrade.retiring(state, now)
        case EncoderPhase.RETIRING:
            return upgrade.retired(state, now)
        case _:
            return state


def played(course: list[Step]) -> list[EncoderState]:
    states = [upgrade.first("s", "v1", 0.0)]
    now = 0.0
    for number, (kind, what) in enumerate(course):
        state = states[-1]
        if kind == "order":
            states.append(upgrade.answered(state, ordered(what, now), {"0": number}, now))  # type: ignore[arg-type]  # what `orders` draws
        else:
            now += 3600.0
            states.append(go_on(state, now))
    return states


@given(steps)
def test_the_version_in_use_changes_only_to_one_that_was_complete(course: list[Step]) -> None:
    for before, after in zip(states := played(course), states[1:], strict=False):
        assert after.active
        assert after.active != after.standby
        assert (after.standby is None) == (after.phase is EncoderPhase.STEADY)
        if after.active != before.active:
            assert before.phase in {EncoderPhase.SHADOWING, EncoderPhase.KEPT}
            assert (after.active, after.standby) == (before.standby, before.active)
            assert after.phase is EncoderPhase.KEPT
        assert after is before or after.revision > before.revision


@given(steps)
def test_from_anywhere_a_rollback_leads_back_to_one_version(course: list[Step]) -> None:
    state = played(course)[-1]
    now = 1e9
    state = upgrade.answered(state, EncoderCommand("s", "last", EncoderOperation.ROLLBACK, now), {}, now)
    for _ in range(3):
        now += 1e9
        state = go_on(state, now)
    assert state.phase is EncoderPhase.STEADY


@given(steps)
def test_every_command_done_twice_changes_nothing_more(course: list[Step]) -> None:
    doubled = [step for step in course for _ in range(2 if step[0] == "order" else 1)]
    once, twice = played(course)[-1], played(doubled)[-1]
    assert (once.active, once.standby, once.phase, once.commands) == (
        twice.active,
        twice.standby,
        twice.phase,
        twice.commands,
    )

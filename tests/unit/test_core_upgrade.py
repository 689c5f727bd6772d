"""The course of an upgrade: which command and which time lead from which state to which."""

from __future__ import annotations

from typing import Any

import pytest

from streams.core import upgrade
from streams.events import EncoderCommand, EncoderOperation, EncoderPhase, EncoderState, UpgradeOptions

NOW = 1_800_000_000.0
ENDS = {"0": 7}
STEADY = upgrade.first("s", "old", NOW)


def command(
    operation: EncoderOperation, version: str | None = None, ident: str = "c1", **options: Any
) -> EncoderCommand:
    asked = UpgradeOptions(**options)
    return EncoderCommand("s", ident, operation, NOW, version, asked)


def begun(**options: Any) -> EncoderState:
    return upgrade.answered(STEADY, command(EncoderOperation.UPGRADE, "new", **options), {}, NOW)


def shadowing(**options: Any) -> EncoderState:
    filling = upgrade.prepared(begun(**options), NOW)
    done = upgrade.progressed(filling, items=100, lacking=0, refused=0, eta_s=None)
    return upgrade.filled(done, NOW)


def kept(**options: Any) -> EncoderState:
    return upgrade.changed_over(shadowing(**options), ENDS, NOW)


def test_an_upgrade_goes_through_its_phases_and_ends_with_the_new_version_alone() -> None:
    state = kept(keep_s=60.0)
    assert (state.active, state.standby, state.phase) == ("new", "old", EncoderPhase.KEPT)
    assert (state.vectors_ends, state.keep_until) == (ENDS, NOW + 60)
    assert not upgrade.kept_long_enough(state, NOW + 59)
    assert upgrade.kept_long_enough(state, NOW + 60)
    ended = upgrade.retired(upgrade.retiring(state, NOW), NOW)
    assert (ended.active, ended.standby, ended.phase) == ("new", None, EncoderPhase.STEADY)
    assert ended.vectors_ends == ENDS, "a worker that missed the change still has to wait for the vectors"


def test_a_rollback_swaps_the_two_versions_and_can_be_rolled_back_itself() -> None:
    back = upgrade.answered(kept(), command(EncoderOperation.ROLLBACK, ident="c2"), {"0": 9}, NOW + 5)
    assert (back.active, back.standby, back.phase) == ("old", "new", EncoderPhase.KEPT)
    assert back.vectors_ends == {"0": 9}
    again = upgrade.answered(back, command(EncoderOperation.ROLLBACK, ident="c3"), ENDS, NOW + 6)
    assert (again.active, again.standby) == ("new", "old")


@pytest.mark.parametrize("state", [begun(), upgrade.prepared(begun(), NOW), shadowing()])
def test_before_the_change_a_rollback_gives_the_upgrade_up(state: EncoderState) -> None:
    after = upgrade.answered(state, command(EncoderOperation.ROLLBACK, ident="c2"), {}, NOW)
    assert (after.active, after.standby, after.phase) == ("old", "new", EncoderPhase.RETIRING)
    assert "given up" in upgrade.retired(after, NOW).problem


def test_a_command_that_comes_again_changes_nothing() -> None:
    state = begun()
    assert upgrade.answered(state, command(EncoderOperation.UPGRADE, "new"), {}, NOW) is state
    back = upgrade.answered(state, command(EncoderOperation.ROLLBACK, ident="c2"), {}, NOW)
    gone = upgrade.retired(back, NOW)
    assert upgrade.answered(gone, command(EncoderOperation.UPGRADE, "new"), {}, NOW) is gone, "nor an older one"


@pytest.mark.parametrize(
    ("state", "asked", "says"),
    [
        (STEADY, command(EncoderOperation.UPGRADE), "needs a version"),
        (STEADY, command(EncoderOperation.UPGRADE, "old"), "in use already"),
        (STEADY, command(EncoderOperation.ROLLBACK), "no version to go back to"),
        (STEADY, command(EncoderOperation.RETIRE), "no version is kept"),
        (begun(), command(EncoderOperation.UPGRADE, "third", "c2"), "end that first (`upwell encoders rollback`)"),
        (kept(), command(EncoderOperation.UPGRADE, "third", "c2"), "end that first (`upwell encoders retire`)"),
        (kept(), command(EncoderOperation.UPGRADE, "old", "c2"), "use `upwell encoders rollback`"),
        (upgrade.retiring(kept(), NOW), command(EncoderOperation.UPGRADE, "old", "c2"), "try again in a moment"),
    ],
)
def test_a_command_that_does_not_fit_is_answered_with_what_to_do(
    state: EncoderState, asked: EncoderCommand, says: str
) -> None:
    after = upgrade.answered(state, asked, {}, NOW)
    assert says in after.refusal
    assert (after.active, after.standby, after.phase) == (state.active, state.standby, state.phase)
    assert after.commands[-1] == asked.command_id


def test_the_change_waits_for_the_shadowing_and_for_whoever_holds_it() -> None:
    assert not upgrade.may_change(shadowing(shadow_s=60.0), NOW + 59)
    assert upgrade.may_change(shadowing(shadow_s=60.0), NOW + 60)
    held = shadowing(shadow_s=60.0, hold=True)
    assert not upgrade.may_change(held, NOW + 999)
    let_go = upgrade.answered(held, command(EncoderOperation.UPGRADE, "new", "c2", shadow_s=60.0), {}, NOW + 999)
    assert let_go.phase is EncoderPhase.SHADOWING
    assert upgrade.may_change(let_go, NOW + 999)


def test_too_many_refused_items_hold_the_change_until_somebody_accepts_them() -> None:
    filling = upgrade.prepared(begun(shadow_s=0.0, max_refused=0.02), NOW)
    few = upgrade.filled(upgrade.progressed(filling, items=100, lacking=2, refused=2, eta_s=None), NOW)
    assert (few.filled, few.problem) == (98, "")
    assert upgrade.may_change(few, NOW)
    many = upgrade.filled(upgrade.progressed(filling, items=100, lacking=3, refused=3, eta_s=None), NOW)
    assert not upgrade.may_change(many, NOW)
    assert "3 of 100 items" in many.problem
    assert "--max-refused" in many.problem
    accepted = upgrade.answered(
        many, command(EncoderOperation.UPGRADE, "new", "c2", shadow_s=0.0, max_refused=0.05), {}, NOW
    )
    assert upgrade.may_change(accepted, NOW)
    assert not accepted.problem

"""The course of an encoder upgrade: which state follows which, as functions of state, command and time.

    steady ─► preparing ─► filling ─► shadowing ─► kept ─► retiring ─► steady
                  └───────────┴── rollback ─┴────────┼──────►┘
                                       rollback: active and standby change places

Only the worker that holds the command partition writes the state; all follow it, and any of them can go on from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from streams.events import EncoderCommand, EncoderOperation, EncoderPhase, EncoderState

BEFORE_THE_CHANGE = (EncoderPhase.PREPARING, EncoderPhase.FILLING, EncoderPhase.SHADOWING)
REMEMBERED_COMMANDS = 16
"""After a crash commands come once more, a few at most; one that is remembered changes nothing."""


class NotNow(Exception):
    """The command does not fit the state; the message says why and what to do."""


def first(stream: str, active: str, now: float) -> EncoderState:
    """The state of a stream that has just begun on a version."""
    return EncoderState(stream, 1, active, EncoderPhase.STEADY, now)


def answered(state: EncoderState, command: EncoderCommand, vectors_ends: Mapping[str, int], now: float) -> EncoderState:
    """The state after a command, its refusal included; `vectors_ends` as in `changed_over`."""
    if command.command_id in state.commands:
        return state
    try:
        after, refusal = commanded(state, command, vectors_ends, now), ""
    except NotNow as error:
        after, refusal = replace(state, revision=state.revision + 1), str(error)
    commands = (*state.commands, command.command_id)[-REMEMBERED_COMMANDS:]
    return replace(after, commands=commands, refusal=refusal)


def commanded(
    state: EncoderState, command: EncoderCommand, vectors_ends: Mapping[str, int], now: float
) -> EncoderState:
    """What the command makes of the state. Raises NotNow."""
    match command.operation:
        case EncoderOperation.UPGRADE:
            return _upgrade(state, command, now)
        case EncoderOperation.ROLLBACK:
            return _rollback(state, vectors_ends, now)
        case EncoderOperation.RETIRE:
            return _retire(state, now)


def _upgrade(state: EncoderState, command: EncoderCommand, now: float) -> EncoderState:
    wanted = command.version
    if not wanted:
        raise NotNow("an upgrade needs a version; `upwell encoders list` shows those that are served")
    if wanted == state.standby and state.phase in BEFORE_THE_CHANGE:  # the same again: with these options now
        again = _next(state, state.phase, state.since, options=command.options)
        return replace(again, problem=refusals(again))
    if wanted == state.active:
        raise NotNow(f"{wanted} is in use already")
    if state.phase is EncoderPhase.KEPT and wanted == state.standby:
        raise NotNow(f"{wanted} is the version before, kept for this: use `upwell encoders rollback`")
    if state.phase is EncoderPhase.RETIRING:
        raise NotNow(f"{state.standby} is being deleted: try again in a moment")
    if state.standby is not None:
        verb = "retire" if state.phase is EncoderPhase.KEPT else "rollback"
        raise NotNow(f"{state.standby} is still {state.phase}: end that first (`upwell encoders {verb}`)")
    return _next(
        state, EncoderPhase.PREPARING, now, standby=wanted, options=command.options, items=0, filled=0, refused=0
    )


def _retire(state: EncoderState, now: float) -> EncoderState:
    if state.phase is not EncoderPhase.KEPT:
        raise NotNow("no version is kept that could be dropped")
    return retiring(state, now)


def _rollback(state: EncoderState, vectors_ends: Mapping[str, int], now: float) -> EncoderState:
    if state.phase in BEFORE_THE_CHANGE:
        return retiring(state, now, f"{state.standby} was given up")
    if state.phase is EncoderPhase.KEPT and state.standby is not None:
        return changed_over(state, vectors_ends, now)
    raise NotNow("there is no version to go back to: none is being prepared and none is kept")


def prepared(state: EncoderState, now: float) -> EncoderState:
    """The standby answers."""
    return _next(state, EncoderPhase.FILLING, now)


def troubled(state: EncoderState, problem: str) -> EncoderState:
    """Something keeps it from going on; it is tried again."""
    return _next(state, state.phase, state.since, problem=problem)


def progressed(state: EncoderState, *, items: int, lacking: int, refused: int, eta_s: float | None) -> EncoderState:
    """How far the filling is: `lacking` items of all have no vector of the standby, among them the refused."""
    return _next(
        state, state.phase, state.since, items=items, filled=items - lacking, refused=refused, eta_s=eta_s,
        problem=refusals(replace(state, items=items, refused=refused)),
    )  # fmt: skip


def filled(state: EncoderState, now: float) -> EncoderState:
    """Every item that the standby can encode has its vector, in Kafka and in the index."""
    return _next(state, EncoderPhase.SHADOWING, now, eta_s=None, problem=refusals(state))


def refusals(state: EncoderState) -> str:
    """Why a standby that could not encode some items is not changed to by itself; empty when they are few enough."""
    if state.phase not in BEFORE_THE_CHANGE or state.refused <= state.options.max_refused * state.items:
        return ""
    return (
        f"{state.standby} could not encode {state.refused} of {state.items} items, more than "
        f"{state.options.max_refused:.1%}: repeat the upgrade with a higher --max-refused, or roll back"
    )


def may_change(state: EncoderState, now: float) -> bool:
    """Whether the shadowing is over."""
    over = now >= state.since + state.options.shadow_s
    return state.phase is EncoderPhase.SHADOWING and not state.options.hold and over and not refusals(state)


def changed_over(state: EncoderState, vectors_ends: Mapping[str, int], now: float) -> EncoderState:
    """The standby is in use, and what was in use is kept. `vectors_ends`: the ends of `vectors` by partition, beyond
    every vector of the standby.
    """
    if state.standby is None:
        raise ValueError("there is no standby to change to")
    return _next(
        state,
        EncoderPhase.KEPT,
        now,
        active=state.standby,
        standby=state.active,
        changed_at=now,
        keep_until=now + state.options.keep_s,
        refused=0,
        vectors_ends=dict(vectors_ends),
    )


def kept_long_enough(state: EncoderState, now: float) -> bool:
    """Whether the version before has been kept for as long as was asked."""
    return state.phase is EncoderPhase.KEPT and now >= (state.keep_until or 0.0)


def retiring(state: EncoderState, now: float, problem: str = "") -> EncoderState:
    """The standby is not needed any more."""
    return _next(state, EncoderPhase.RETIRING, now, eta_s=None, problem=problem)


def retired(state: EncoderState, now: float) -> EncoderState:
    """Nothing is left of the standby."""
    return _next(state, EncoderPhase.STEADY, now, standby=None, items=0, filled=0, refused=0, eta_s=None,
                 keep_until=None, problem=state.problem)  # fmt: skip


def _next(state: EncoderState, phase: EncoderPhase, since: float, **changes: object) -> EncoderState:
    return replace(state, revision=state.revision + 1, phase=phase, since=since, **{"problem": "", **changes})

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

_BEFORE_THE_CHANGE = (EncoderPhase.PREPARING, EncoderPhase.FILLING, EncoderPhase.SHADOWING)


class NotNow(Exception):
    """The command does not fit the state; the message says why and what to do."""


def first(stream: str, active: str, now: float) -> EncoderState:
    """The state of a stream that has just begun on a version."""
    return EncoderState(stream, 1, active, EncoderPhase.STEADY, now)


def commanded(
    state: EncoderState, command: EncoderCommand, vectors_ends: Mapping[str, int], now: float
) -> EncoderState:
    """The state after a command; `vectors_ends` as in `changed_over`. One that was followed already changes nothing.

    Raises NotNow.
    """
    if command.command_id == state.command_id:
        return state
    match command.operation:
        case EncoderOperation.UPGRADE:
            after = _upgrade(state, command, now)
        case EncoderOperation.ROLLBACK:
            after = _rollback(state, vectors_ends, now)
        case EncoderOperation.RETIRE:
            after = _retire(state, now)
    return replace(after, command_id=command.command_id)


def _upgrade(state: EncoderState, command: EncoderCommand, now: float) -> EncoderState:
    wanted = command.version
    if not wanted:
        raise NotNow("an upgrade needs a version; `upwell encoders list` shows those that are served")
    if wanted == state.standby and state.phase in _BEFORE_THE_CHANGE:  # the same again: with these options now
        return _next(state, state.phase, state.since, options=command.options)
    if wanted == state.active:
        raise NotNow(f"{wanted} is in use already")
    if state.phase is EncoderPhase.KEPT and wanted == state.standby:
        raise NotNow(f"{wanted} is the version before, kept for this: use `upwell encoders rollback`")
    if state.standby is not None:
        raise NotNow(
            f"{state.standby} is still {state.phase}: end that first "
            f"(`upwell encoders {'retire' if state.phase is EncoderPhase.KEPT else 'rollback'}`)"
        )
    return _next(state, EncoderPhase.PREPARING, now, standby=wanted, options=command.options, items=0, filled=0)


def _retire(state: EncoderState, now: float) -> EncoderState:
    if state.phase is not EncoderPhase.KEPT:
        raise NotNow("no version is kept that could be dropped")
    return retiring(state, now)


def _rollback(state: EncoderState, vectors_ends: Mapping[str, int], now: float) -> EncoderState:
    if state.phase in _BEFORE_THE_CHANGE:
        return _next(state, EncoderPhase.RETIRING, now, problem=f"{state.standby} was given up")
    if state.phase is EncoderPhase.KEPT and state.standby is not None:
        return changed_over(state, vectors_ends, now)
    raise NotNow("there is no version to go back to: none is being prepared and none is kept")


def prepared(state: EncoderState, now: float) -> EncoderState:
    """The standby answers."""
    return _next(state, EncoderPhase.FILLING, now)


def progressed(state: EncoderState, *, items: int, filled: int, refused: int, eta_s: float | None) -> EncoderState:
    """How far the filling is."""
    return _next(state, state.phase, state.since, items=items, filled=filled, refused=refused, eta_s=eta_s)


def filled(state: EncoderState, now: float) -> EncoderState:
    """Every item has its vector, in Kafka and in the index."""
    return _next(state, EncoderPhase.SHADOWING, now, filled=state.items - state.refused, eta_s=None)


def may_change(state: EncoderState, now: float) -> bool:
    """Whether the shadowing is over."""
    over = now >= state.since + state.options.shadow_s
    return state.phase is EncoderPhase.SHADOWING and not state.options.hold and over


def changed_over(state: EncoderState, vectors_ends: Mapping[str, int], now: float) -> EncoderState:
    """The standby is in use, and what was in use is kept."""
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
        vectors_ends=dict(vectors_ends),
    )


def kept_long_enough(state: EncoderState, now: float) -> bool:
    return state.phase is EncoderPhase.KEPT and now >= (state.keep_until or 0.0)


def retiring(state: EncoderState, now: float, problem: str = "") -> EncoderState:
    """The standby is not needed any more."""
    return _next(state, EncoderPhase.RETIRING, now, problem=problem)


def retired(state: EncoderState, now: float) -> EncoderState:
    """Nothing is left of the standby."""
    return _next(state, EncoderPhase.STEADY, now, standby=None, items=0, filled=0, refused=0, eta_s=None,
                 keep_until=None, vectors_ends={}, problem=state.problem)  # fmt: skip


def _next(state: EncoderState, phase: EncoderPhase, since: float, **changes: object) -> EncoderState:
    return replace(state, revision=state.revision + 1, phase=phase, since=since, **{"problem": "", **changes})

"""An upgrade in words and as a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from streams.events import EncoderPhase, EncoderState
from streams.upgrade.comparison import Comparison
from streams.verbs._output import err


def sentences(state: EncoderState, shadow: Comparison | None) -> list[str]:
    """A line or more: where the upgrade stands, and what it has shown."""
    lines = [_phase(state)]
    if state.problem:
        lines.append(f"problem: {state.problem}")
    if shadow is not None:
        lines += [
            f"shadow: {shadow.lists} lists made twice, {shadow.overlap:.0%} of their items in both",
            f"live hit rate of {shadow.scored} acts: {shadow.active_hit_rate:.1%} with {shadow.active}, "
            f"{shadow.standby_hit_rate:.1%} with {shadow.standby}",
            f"median time per batch: {shadow.active_ms:g} ms and {shadow.standby_ms:g} ms",
        ]
    return lines


def _phase(state: EncoderState) -> str:
    match state.phase:
        case EncoderPhase.STEADY:
            return f"encoder {state.active}, no upgrade under way"
        case EncoderPhase.PREPARING:
            return f"encoder {state.active}; {state.standby} is being loaded"
        case EncoderPhase.FILLING:
            left = "" if state.eta_s is None else f", about {_duration(state.eta_s)} to go"
            return f"encoder {state.active}; {_filled(state)} with {state.standby}{left}"
        case EncoderPhase.SHADOWING:
            waits = "until told to go on (--hold)" if state.options.hold else f"for {state.options.shadow_s:g} s"
            return f"encoder {state.active}; {_filled(state)} with {state.standby}, compared {waits}"
        case EncoderPhase.KEPT:
            until = _clock(state.keep_until)
            return f"encoder {state.active} since {_clock(state.changed_at)}; {state.standby} is kept until {until}"
        case EncoderPhase.RETIRING:
            return f"encoder {state.active}; {state.standby} is being deleted"


def _filled(state: EncoderState) -> str:
    refused = f" ({state.refused} refused)" if state.refused else ""
    return f"{state.filled} of {state.items} items encoded{refused}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _clock(at: float | None) -> str:
    return "?" if at is None else datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def bar() -> Iterator[Callable[[EncoderState], None]]:
    """A progress bar on a terminal's standard error; elsewhere a line for each new phase."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = err()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    seen: list[EncoderPhase] = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("waiting", total=None, left="")

        def tell(state: EncoderState) -> None:
            left = "" if state.eta_s is None else f"about {_duration(state.eta_s)} to go"
            progress.update(
                task, description=str(state.phase), total=state.items or None, completed=state.filled, left=left
            )
            if seen[-1:] != [state.phase]:
                seen.append(state.phase)
                console.print(_phase(state), soft_wrap=True)

        yield tell

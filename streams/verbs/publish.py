"""`upwell publish`: sends the events of a JSONL file, a dataset folder or standard input to their topics."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from streams.settings import Settings
from streams.topics import SPECS
from streams.verbs._connect import JsonOption, KafkaOption, PrefixOption, connect
from streams.verbs._failure import ExitCode, Failure
from streams.verbs._lines import PUBLISHABLE, LineReader, Outgoing, Refused, files_of, read_all
from streams.verbs._output import err, out, print_json
from streams.verbs._pace import Pace

EPILOG = "Example: upwell publish films --speed 3600; or: cat events.jsonl | upwell publish -"

SHOWN = 20  # refused lines printed in full; the rest are counted
KEPT = 1_000  # refused lines in the JSON summary
IN_FLIGHT = 5_000  # events handed over but not acknowledged: bounds memory when the broker is slow
ACKNOWLEDGED_S = 35.0


@dataclass(slots=True)
class Summary:
    """What was sent to which topic, and what was refused."""

    sent: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    seconds: float = 0.0

    def refuse(self, refused: Refused) -> None:
        self.reasons[refused.code] += 1
        if len(self.refused) < KEPT:
            self.refused.append(refused)
        if self.reasons.total() <= SHOWN:
            err().print(f"refused {refused}", style="yellow", soft_wrap=True)
        elif self.reasons.total() == SHOWN + 1:
            err().print("more lines are refused; the summary counts them", style="yellow")

    def as_json(self) -> dict[str, Any]:
        return {
            "sent": dict(self.sent),
            "refused": self.reasons.total(),
            "reasons": dict(self.reasons),
            "refusals": [
                {"file": one.line.file, "line": one.line.number, "code": one.code, "reason": one.reason}
                for one in self.refused
            ],
            "seconds": round(self.seconds, 3),
        }

    def __str__(self) -> str:
        sent = ", ".join(f"{count} {topic}" for topic, count in sorted(self.sent.items())) or "nothing"
        rate = self.sent.total() / self.seconds if self.seconds > 0 else 0.0
        why = ", ".join(f"{count} {code}" for code, count in self.reasons.most_common())
        refused = f"; refused {self.reasons.total()} ({why})" if self.reasons else ""
        return f"sent {sent} in {self.seconds:.1f} s ({rate:.0f} events/s){refused}"


def publish(
    source: Annotated[str, typer.Argument(metavar="FILE|FOLDER|-", help="JSONL, a dataset folder, or - for stdin.")],
    *,
    topic: Annotated[str | None, typer.Option(help="Send every line there: " + ", ".join(PUBLISHABLE) + ".")] = None,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Events per second.")] = None,
    speed: Annotated[float | None, typer.Option(min=0.001, help="Replay at this multiple of event time.")] = None,
    lenient: Annotated[bool, typer.Option("--lenient", help="Exit 0 though lines were refused.")] = False,
    kafka: KafkaOption = None,
    prefix: PrefixOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send events: each line of JSON goes to the topic of its kind (content, behaviour, requests or erasures).

    A line that is no event is refused with its number and the reason; the rest goes on, and the exit code is 1.

    Media paths are relative to the file. The two files of a dataset are sent together in the order of their times.
    """
    if rate is not None and speed is not None:
        raise Failure("--rate and --speed exclude each other; give one", ExitCode.USAGE)
    if topic is not None and topic not in PUBLISHABLE:
        raise Failure(f"--topic {topic} cannot be published to; one of {', '.join(PUBLISHABLE)} can", ExitCode.USAGE)
    settings = connect(kafka=kafka, topic_prefix=prefix).settings
    files = files_of(source)
    reader = LineReader(settings.max_event_bytes, next((one for one in PUBLISHABLE if one == topic), None))
    _require(settings)
    summary = Summary()
    try:
        _send(settings, read_all(files, reader), Pace(rate, speed), summary, sum(f.stat().st_size for f in files))
    finally:
        if as_json:
            print_json(summary.as_json())
        else:
            out().print(str(summary), soft_wrap=True)
    if summary.reasons and not lenient:
        raise typer.Exit(ExitCode.FAILED)


def _require(settings: Settings) -> None:
    """Raises Failure when a topic is missing: the producer would wait for it half a minute, and then not say so."""
    from streams.admin import check_topics, open_admin

    specs = [spec for spec in SPECS if spec.topic in PUBLISHABLE]
    with open_admin(settings.kafka) as admin:
        missing = [one.topic for one in check_topics(admin, settings, specs) if one.property == "the topic"]
    if missing:
        message = f"topics are missing ({', '.join(missing)}); run `upwell topics create`"
        raise Failure(message, ExitCode.NOT_FOUND)


def _send(
    settings: Settings, outcomes: Iterable[Outgoing | Refused], pace: Pace, summary: Summary, total_bytes: int
) -> None:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from streams.verbs._kafka import open_producer

    producer = open_producer(settings)
    console = err()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    flying: deque[Any] = deque()
    started = time.monotonic()
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
            task = progress.add_task("publishing", total=total_bytes or None)
            for outcome in outcomes:
                progress.update(task, advance=len(outcome.line.raw) + 1, description=f"{summary.sent.total()} sent")
                if isinstance(outcome, Refused):
                    summary.refuse(outcome)
                    continue
                pace.wait(outcome.at)
                name = outcome.topic.under(settings.topic_prefix)
                flying.append(producer.send(name, key=outcome.key, value=outcome.value))
                summary.sent[outcome.topic] += 1
                while len(flying) > IN_FLIGHT or (flying and flying[0].is_done):
                    flying.popleft().get(timeout=ACKNOWLEDGED_S)
            while flying:
                flying.popleft().get(timeout=ACKNOWLEDGED_S)
    finally:
        producer.close(timeout=ACKNOWLEDGED_S)
        summary.seconds = time.monotonic() - started

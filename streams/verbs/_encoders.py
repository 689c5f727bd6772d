"""The encoders' commands and state as verbs see them: send, follow, and ask the workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

import msgspec

from streams.events import EncoderCommand, EncoderOperation, EncoderState, UpgradeOptions
from streams.settings import Settings
from streams.topics import Topic
from streams.upgrade.comparison import Comparison, merged
from streams.verbs._connect import Connection
from streams.verbs._failure import ExitCode, Failure
from streams.verbs._kafka import Reader, open_producer, open_reader

ANSWER_WITHIN_S = 30.0
_POLL_S = 0.2


class WorkerEncoders(msgspec.Struct):
    """What a worker's GET /status says of encoders."""

    encoder_version: str = ""
    shadow: Comparison | None = None


class EncodersStatus(msgspec.Struct):
    """What `upwell encoders status` prints. `workers`: by URL the version each makes lists with, None: no answer."""

    state: EncoderState | None
    workers: dict[str, str | None]
    shadow: Comparison | None


class States:
    """Follows the topic `encoders`: `last` is the newest state read so far, None on a stream without one."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._decoder = msgspec.json.Decoder(EncoderState)
        self.last: EncoderState | None = None

    def catch_up(self) -> EncoderState | None:
        """Reads what there is."""
        for record in self._reader.until(self._reader.ends()):
            self._take(record.value)
        return self.last

    def poll(self) -> Iterator[EncoderState]:
        """The states that come within a moment."""
        for record in self._reader.poll(_POLL_S):
            self._take(record.value)
            if record.value is not None and self.last is not None:
                yield self.last

    def _take(self, value: bytes | None) -> None:
        if value is not None:
            self.last = self._decoder.decode(value)


@contextmanager
def states(settings: Settings) -> Iterator[States]:
    """Read up to now. Raises Failure or KafkaError."""
    reader = open_reader(settings, Topic.ENCODERS, key=settings.topic_prefix, from_start=True)
    try:
        found = States(reader)
        found.catch_up()
        yield found
    finally:
        reader.close()


def command(
    settings: Settings,
    following: States,
    operation: EncoderOperation,
    version: str | None = None,
    options: UpgradeOptions | None = None,
) -> EncoderState:
    """Sends a command and gives the state in which it was followed. Raises Failure when it was refused, or nobody
    answers.
    """
    sent = EncoderCommand(
        settings.topic_prefix, uuid4().hex, operation, time.time(), version, options or UpgradeOptions()
    )
    producer = open_producer(settings)
    try:
        topic = Topic.ENCODER_COMMANDS.under(settings.topic_prefix)
        producer.send(topic, key=sent.stream.encode(), value=msgspec.json.encode(sent)).get(timeout=ANSWER_WITHIN_S)
    finally:
        producer.close()
    state = follow(following, lambda state: sent.command_id in state.commands, ANSWER_WITHIN_S)
    if state is None:
        message = (
            f"no worker has answered within {ANSWER_WITHIN_S:g} s; the command waits until one runs (`upwell status`)"
        )
        raise Failure(message, ExitCode.TIMED_OUT)
    if state.commands[-1] == sent.command_id and state.refusal:
        raise Failure(state.refusal)
    return state


def follow(
    following: States,
    holds: Callable[[EncoderState], bool],
    within_s: float | None = None,
    tell: Callable[[EncoderState], None] = lambda _: None,
) -> EncoderState | None:
    """The first state, from the last one read on, of which `holds` is true; None when the time is over."""
    deadline = None if within_s is None else time.monotonic() + within_s
    if following.last is not None and holds(following.last):
        return following.last
    while deadline is None or time.monotonic() < deadline:
        for state in following.poll():
            tell(state)
            if holds(state):
                return state
    return None


def ask_workers(connection: Connection) -> dict[str, WorkerEncoders | None]:
    """By URL what each worker says; None for one that does not answer."""
    from streams.local import probe

    answers = {url: probe.text(f"{url}/status") for url in connection.workers}
    return {
        url: None if answer is None else msgspec.json.decode(answer, type=WorkerEncoders)
        for url, answer in answers.items()
    }


def status_of(state: EncoderState | None, workers: dict[str, WorkerEncoders | None]) -> EncodersStatus:
    """Both together; a comparison that belongs to other versions is left out."""
    compared = [one.shadow for one in workers.values() if one is not None and one.shadow is not None]
    fits = [one for one in compared if state is not None and {one.active, one.standby} == {state.active, state.standby}]
    return EncodersStatus(
        state, {url: None if one is None else one.encoder_version or None for url, one in workers.items()}, merged(fits)
    )


def wait_for_workers(connection: Connection, version: str, within_s: float = 30.0) -> Sequence[str]:
    """Waits until every worker that answers makes lists with a version; the URLs of those that do not by then."""
    deadline = time.monotonic() + within_s
    while True:
        late = [
            url for url, one in ask_workers(connection).items() if one is not None and one.encoder_version != version
        ]
        if not late or time.monotonic() > deadline:
            return late
        time.sleep(_POLL_S / 4)

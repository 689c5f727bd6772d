"""The encoders view: which encoder version the stream is on, and how far an upgrade is."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from streams.events import EncoderState
from streams.views.follower import Entry

log = structlog.get_logger()


class EncodersView:
    """`state` is the last record of `encoders`; None on a stream that has none yet."""

    def __init__(self) -> None:
        self.state: EncoderState | None = None
        self._decoder = msgspec.json.Decoder(EncoderState)

    def apply(self, entries: Sequence[Entry]) -> None:
        """What a Follower feeds. A record that cannot be read, of a newer release perhaps, is logged and skipped."""
        for entry in entries:
            if entry.value is None:
                continue
            try:
                self.state = self._decoder.decode(entry.value)
            except msgspec.DecodeError as error:
                log.warning("encoder_state_unreadable", offset=entry.offset, error=str(error))

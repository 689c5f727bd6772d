"""The ranker's feeding: records of `ranker`, each what one partition's acts have taught, into the learned ranker."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from streams.core.learning import wire
from streams.core.learning.ranker import LearnedRanker
from streams.events import RankerWeights
from streams.views.follower import Entry

log = structlog.get_logger()


class RankerFeed:
    """`apply` is what a Follower feeds; a record that is no use here is logged and skipped."""

    def __init__(self, ranker: LearnedRanker) -> None:
        self._ranker = ranker
        self._decoder = msgspec.json.Decoder(RankerWeights)

    def apply(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.value is None:
                continue
            try:
                weights = self._decoder.decode(entry.value)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                log.warning("ranker_unreadable", partition=entry.partition, offset=entry.offset, error=str(error))
                continue
            state = wire.state_of(weights)
            if state is None:
                log.info("ranker_of_another_model", partition=weights.partition, version=weights.version)
            else:
                self._ranker.hear(weights.partition, state)

"""The statistics view's feeding: records of `item-statistics` into the core's StatisticsView."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from streams.core.statistics_view import StatisticsView
from streams.events import ItemStatistics
from streams.views.follower import Entry

log = structlog.get_logger()


class StatisticsFeed:
    """`apply` is what a Follower feeds; a record that cannot be read is logged and skipped."""

    def __init__(self, view: StatisticsView) -> None:
        self.view = view
        self._decoder = msgspec.json.Decoder(ItemStatistics)

    def apply(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.value is None:
                self.view.delete(entry.key.decode(errors="replace"))
                continue
            try:
                self.view.apply(self._decoder.decode(entry.value))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                log.warning("statistics_unreadable", partition=entry.partition, offset=entry.offset, error=str(error))

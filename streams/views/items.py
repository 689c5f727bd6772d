"""The items view: the catalogue this worker recommends from, folded from the `items` topic."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence

import msgspec
import structlog

from streams.core.catalogue import Catalogue
from streams.core.tuning import Tuning
from streams.events import EncodedItem
from streams.observe import metrics
from streams.ports.clock import Clock
from streams.views.follower import Entry

log = structlog.get_logger()


class ItemsView:
    """Fills the Catalogue. `arrivals` counts the upserts applied; `apply` is what a Follower feeds."""

    def __init__(self, catalogue: Catalogue, tuning: Tuning, clock: Clock) -> None:
        self.catalogue = catalogue
        self.arrivals = 0
        self._most = tuning.catalogue_items
        self._clock = clock
        self._started = clock.now()
        self._decoder = msgspec.json.Decoder(EncodedItem)
        self._encoded: OrderedDict[str, EncodedItem] = OrderedDict()

    def apply(self, entries: Sequence[Entry]) -> None:
        """Folds records in. One that cannot be read is logged and skipped: the INDEX agent writes its dead letter."""
        for entry in entries:
            item_id = entry.key.decode(errors="replace")
            if entry.value is None:
                self.catalogue.delete(item_id)
                self._encoded.pop(item_id, None)
                continue
            try:
                item = self._decoder.decode(entry.value)
                self.catalogue.upsert(item)
            except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
                log.warning("encoded_item_unreadable", partition=entry.partition, offset=entry.offset, error=str(error))
                continue
            self.arrivals += 1
            self._encoded[item_id] = item
            self._encoded.move_to_end(item_id)
            if len(self._encoded) > self._most:
                self._encoded.popitem(last=False)
            if item.encoded_at >= self._started:  # what a restarted worker reads again is not news
                metrics.CONTENT_RECOMMENDABLE.observe(max(0.0, self._clock.now() - item.content_at))
        metrics.CATALOGUE.set(len(self.catalogue))

    def of_version(self, version: str) -> Iterator[EncodedItem]:
        """The items whose records have a vector of this encoder version, as of now."""
        return (item for item in list(self._encoded.values()) if item.encoder_version == version)

    def encoded(self, item_id: str) -> EncodedItem | None:
        """The item as it was last encoded, None when it is not (or no longer) in the catalogue."""
        return self._encoded.get(item_id)

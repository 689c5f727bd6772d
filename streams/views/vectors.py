"""The vectors view: what `vectors` says of items under a second encoder version, offered to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from streams.core.catalogue import Catalogue
from streams.core.vectors import vector_of
from streams.events import ItemVector
from streams.views.follower import Entry

log = structlog.get_logger()


class VectorsView:
    """`apply` is what a Follower feeds; a record that cannot be read is logged and skipped."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._decoder = msgspec.json.Decoder(ItemVector)

    def apply(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.value is None:
                version, _, item_id = entry.key.decode(errors="replace").partition("/")
                self._catalogue.withdraw(version, item_id)
                continue
            try:
                one = self._decoder.decode(entry.value)
                self._catalogue.offer(one.encoder_version, one.item_id, vector_of(one), one.media_hash)
            except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
                log.warning("item_vector_unreadable", partition=entry.partition, offset=entry.offset, error=str(error))

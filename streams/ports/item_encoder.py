"""What Upwell needs of an encoder: raw media in, one unit vector per item out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class EncoderUnavailable(Exception):
    """The encoder did not answer in time or refused: retry later; content waits in its topic, nothing is lost."""


class EncoderRefused(Exception):
    """The encoder is up and failed on this very input; among several items, one may be to blame."""


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One item's raw media: text as given, the rest as the bytes of a file (None = absent)."""

    item_id: str
    text: str | None = None
    language: str | None = None
    image: bytes | None = None
    audio: bytes | None = None
    video: bytes | None = None


@dataclass(frozen=True, slots=True)
class Encoding:
    """The outcome for one item.

    `vector`: float32[d] of unit length, or None when no modality could be used.
    `modalities`: the ones that went in. `problems`: `modality:code` for each given one that did not.
    """

    vector: NDArray[np.float32] | None
    modalities: tuple[str, ...]
    problems: tuple[str, ...] = ()


class ItemEncoder(Protocol):
    """Encodes micro-batches. The same input and version give the same vector on every adapter."""

    @property
    def version(self) -> str:
        """Name and content hash of weights and preprocessing, e.g. `bridge-1a2b3c4d`."""

    @property
    def dimension(self) -> int: ...

    async def encode(self, items: Sequence[MediaItem]) -> list[Encoding]:
        """One Encoding per item, in order; a broken medium is a problem of its Encoding, not an error.

        Raises EncoderUnavailable or EncoderRefused.
        """

    async def ready(self) -> bool: ...

    async def close(self) -> None: ...

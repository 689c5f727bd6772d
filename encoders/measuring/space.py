"""What one row (one encoder, one way of fusing) makes of a set of items, and how alike it finds two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from encoders.learning.features import Features
from encoders.measuring.subsets import only_text
from encoders.spec import Floats, Modality

if TYPE_CHECKING:
    from torch import Tensor

TEXT = "text"
LANGUAGES = ("en", "zh")  # compared where items have names in several; all are there to learn from
SPARSE = 1e-6


# Features of n items to (vectors float32[n, d], parts float32[n, 4, d]): unit rows, zeros where nothing is.
Row = Callable[[Features], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Vectors float32[n, d]; parts float32[n, 4, d] by modality; fields: further texts, float32[n, d] each.

    `late`: scores are fused instead of vectors (decision-level fusion).
    """

    vectors: Floats
    parts: Floats
    fields: dict[str, Floats] = field(default_factory=dict)
    late: bool = False

    def part(self, name: str) -> Floats:
        """A modality's vectors (`image`), or those of one of the texts (`text.zh`, `title`), float32[n, d]."""
        if name in self.fields:
            return self.fields[name]
        return self.parts[:, int(Modality[name.upper()]) - 1]

    def has(self, name: str) -> NDArray[np.bool_]:
        """bool[n]: which items have a vector of it."""
        there: NDArray[np.bool_] = np.abs(self.part(name)).sum(axis=1) > SPARSE
        return there

    def similarity(self, other: Space) -> Floats:
        """float32[n, m], -1..1: cosines of the vectors, or the scores of decision-level fusion."""
        if not self.late:
            return self.vectors @ other.vectors.T
        from encoders.learning.fusion.late import late_scores  # imported late: torch takes seconds

        mine, theirs = (_tensors(space.parts) for space in (self, other))
        scores: Floats = late_scores(*mine, *theirs).numpy()
        return scores

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Space:
        """The same of some items."""
        fields = {name: values[rows] for name, values in self.fields.items()}
        return Space(self.vectors[rows], self.parts[rows], fields, self.late)


def space_of(row: Row, features: Features, *, fields: Sequence[str] = (), late: bool = False) -> Space:
    """A row's view of items, with each further text projected as if it were the item's only text."""
    vectors, parts = row(features)
    texts = {shown_name(name): row(only_text(features, name))[1][:, 0] for name in fields}
    return Space(vectors, parts, texts, late)


def text_fields_of(features: Features) -> list[str]:
    """The further texts that are compared: title and body, or the names in the languages above; all but the usual."""
    spoken = [language for language in LANGUAGES if language in features.texts]
    return spoken if len(spoken) > 1 else [name for name in ("title", "body") if name in features.texts]


def shown_name(name: str) -> str:
    """`text.zh` for a language; `title` and `body` stay."""
    return name if name in ("title", "body") else f"{TEXT}.{name}"


def _tensors(parts: Floats) -> tuple[Tensor, Tensor]:
    import torch

    given = torch.from_numpy(np.ascontiguousarray(parts))
    return given, (given.abs().sum(dim=2) > SPARSE).to(given.dtype)

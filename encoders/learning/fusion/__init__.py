"""Fusions, by the name a configuration calls them."""

from __future__ import annotations

from collections.abc import Callable

from encoders.learning.fusion.attention import CrossAttention, Transformer
from encoders.learning.fusion.average import Average, Weighted
from encoders.learning.fusion.base import Fusion
from encoders.learning.fusion.concat import Concat
from encoders.learning.fusion.fixed import Fixed, WordsFirst
from encoders.learning.fusion.gated import Gated

# A new fusion is one file and one line here. Late fusion makes no vector: `late.late_scores`.
FUSIONS: dict[str, Callable[[int], Fusion]] = {
    "average": Average,
    "fixed": Fixed,
    "words-first": WordsFirst,
    "weighted": Weighted,
    "gated": Gated,
    "concat": Concat,
    "cross-attention": CrossAttention,
    "transformer": Transformer,
}
UNLEARNED = ("average", "fixed", "words-first")  # have no weights of their own: can serve heads that learned by another


def make_fusion(name: str, width: int) -> Fusion:
    """A fusion of the registry. Raises ValueError for a name it does not have."""
    if name not in FUSIONS:
        raise ValueError(f"no such fusion: {name}; one of {', '.join(FUSIONS)}")
    return FUSIONS[name](width)

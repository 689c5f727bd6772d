"""A deterministic encoder without models, for tests of everything else.

Text is hashed word by word (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009), so texts
that share words are near each other; each medium is a random direction drawn from the hash of its bytes. Nothing is
decoded: a medium whose first bytes are of no known format is unreadable.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from encoders.spec import DIMENSION, MODALITIES, EncodedItem, Floats, RawItem

VERSION = "dummy-00000001"
WORDS = re.compile(r"\w+")
SIGNATURES = {
    "image": (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*"),
    "audio": (b"RIFF", b"OggS", b"ID3", b"fLaC", b"\xff\xfb", b"\xff\xf3"),
    "video": (b"RIFF", b"\x1aE\xdf\xa3", b"\x00\x00\x00"),
}
EMPTY, UNREADABLE = "empty", "unreadable"


def encode_dummy(items: Sequence[RawItem]) -> list[EncodedItem]:
    """One outcome per item: float32[256] of unit length, or None where nothing is usable."""
    return [_encode(item) for item in items]


def _encode(item: RawItem) -> EncodedItem:
    parts: dict[str, Floats] = {}
    problems = []
    for name in MODALITIES:
        given: str | bytes | None = getattr(item, name)
        if given is None:
            continue
        vector, problem = _text(given) if isinstance(given, str) else _medium(name, given)
        if vector is None:
            problems.append(f"{name}:{problem}")
        else:
            parts[name] = vector
    total = sum(parts.values(), np.zeros(DIMENSION, np.float32))
    length = float(np.linalg.norm(total))
    return EncodedItem(total / np.float32(length) if length else None, tuple(parts), tuple(problems))


def _text(text: str) -> tuple[Floats | None, str]:
    words = WORDS.findall(text.lower())
    vector = sum((_direction(word.encode("utf-8", "replace")) for word in words), np.zeros(DIMENSION, np.float32))
    length = float(np.linalg.norm(vector))
    return (vector / np.float32(length), "") if length else (None, EMPTY)


def _medium(name: str, data: bytes) -> tuple[Floats | None, str]:
    if not data:
        return None, EMPTY
    return (_direction(data), "") if data.startswith(SIGNATURES[name]) else (None, UNREADABLE)


def _direction(data: bytes) -> Floats:
    seed = int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
    vector = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
    return vector / np.linalg.norm(vector)

"""Reads the variables of a TensorFlow checkpoint (format V2, "tensor bundle") without TensorFlow.

The index is a LevelDB table: blocks of prefix-compressed keys, each value a BundleEntryProto that says where in the
data file the tensor's bytes lie. Only what a checkpoint of one shard needs is read: float32, no compression, no slices.
Formats: tensorflow/core/util/tensor_bundle, tensorflow/core/protobuf/tensor_bundle.proto, leveldb/doc/table_format.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TABLE_MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
DT_FLOAT = 1


def read_checkpoint(index: Path, data: Path) -> dict[str, NDArray[np.float32]]:
    """Every float32 variable by name. Raises ValueError when `index` is not such a table."""
    table = index.read_bytes()
    if len(table) < FOOTER_BYTES or int.from_bytes(table[-8:], "little") != TABLE_MAGIC:
        raise ValueError(f"{index.name} is not a TensorFlow checkpoint index")
    footer = table[-FOOTER_BYTES:]
    _, at = _handle(footer, 0)  # the metaindex, unused by checkpoints
    (start, size), _ = _handle(footer, at)
    shard = data.read_bytes()
    variables = {}
    for _, handle in _block(table[start : start + size]):
        (block_start, block_size), _ = _handle(handle, 0)
        for key, value in _block(table[block_start : block_start + block_size]):
            if key:  # the empty key holds the bundle's header
                entry = _fields(value)
                if entry.get(1) == [DT_FLOAT]:
                    variables[key.decode()] = _tensor(entry, shard)
    return variables


def _tensor(entry: dict[int, list[int | bytes]], shard: bytes) -> NDArray[np.float32]:
    """BundleEntryProto: 2 = shape, 4 = offset, 5 = size in bytes (absent means 0)."""
    shape = [
        int(dimension.get(1, [0])[0])
        for message in entry.get(2, [])
        if isinstance(message, bytes)
        for dimension in (_fields(field) for field in _fields(message).get(2, []) if isinstance(field, bytes))
    ]
    offset, size = int(entry.get(4, [0])[0]), int(entry.get(5, [0])[0])
    return np.frombuffer(shard, np.float32, size // 4, offset).reshape(shape).copy()


def _block(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Key and value pairs: each key shares a prefix with the one before it; restart offsets end the block."""
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 - 4 * restarts
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        size, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + size]
        at += size


def _handle(buffer: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(buffer, at)
    size, at = _varint(buffer, at)
    return (offset, size), at


def _varint(buffer: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(message: bytes) -> dict[int, list[int | bytes]]:
    """Protocol-buffer fields by number: varints as int, length-delimited ones as bytes, fixed 32-bit ones as int."""
    fields: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value: int | bytes
        match tag & 7:
            case 0:
                value, at = _varint(message, at)
            case 2:
                size, at = _varint(message, at)
                value, at = message[at : at + size], at + size
            case 5:
                value, at = int.from_bytes(message[at : at + 4], "little"), at + 4
            case wire:
                raise ValueError(f"unexpected wire type {wire} in a checkpoint entry")
        fields.setdefault(tag >> 3, []).append(value)
    return fields

"""A profile as bytes: msgpack columns, 6-byte event hashes, times as differences, ids as short as they go.

Layout (msgpack array): version, epoch, offset, first time in ms, time differences in ms, grades (1 byte each), event
hashes (6 bytes each), item ids (number, 16 bytes of a UUID, or text), exposures as they were written formerly (14
bytes each: time u32, event u48, item u32; read, not written), seen (6 bytes each, seen.py), offsets of repeats,
exposures: first time in s, time differences in s, 10 bytes each (event u48, item u32). Unknown versions raise
ProfileUnreadable; a release that does not know the last three columns passes them over.
"""

from __future__ import annotations

from functools import partial
from itertools import accumulate, pairwise
from struct import Struct

import msgspec

from streams.core.hashing import EVENT_HASH_BYTES, ITEM_HASH_BYTES
from streams.core.profile import Act, Exposure, Profile
from streams.core.seen import Seen

VERSION = 1
_UUID_LENGTH = 36
_UUID_BYTES = 16
_INT_DIGITS = 18  # always fits a signed 64-bit number
_EVENT = Struct(">HI")  # 48 bits as 16 + 32
_OLD_EXPOSURE = Struct(">IHII")
_EXPOSURE = Struct(">HII")
PackedId = int | bytes | str
_act = partial(tuple.__new__, Act)  # Act(*…) without a Python function in between, a third of the time


class ProfileUnreadable(ValueError):
    """Bytes that are no profile of a version this code knows."""


class _Wire(msgspec.Struct, array_like=True, frozen=True):
    version: int
    epoch: int
    offset: int
    first_ms: int
    gaps_ms: list[int]
    grades: bytes
    events: bytes
    items: list[object]  # int, bytes or str: msgspec has no union of the last two
    exposures: bytes
    seen: bytes
    repeats: tuple[int, ...] = ()
    shown_first: int = 0
    shown_gaps: list[int] = []
    shown: bytes = b""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Wire)


def pack_id(item_id: str) -> PackedId:
    """A canonical decimal number as int, a canonical lower-case UUID as 16 bytes, anything else as it is."""
    if item_id.isascii():
        if item_id.isdigit() and len(item_id) <= _INT_DIGITS and (item_id[0] != "0" or item_id == "0"):
            return int(item_id)
        if len(item_id) == _UUID_LENGTH and item_id[8] == "-":
            try:
                packed = bytes.fromhex(item_id.replace("-", ""))
            except ValueError:  # shaped like one, but not hexadecimal: keep the text
                return item_id
            if len(packed) == _UUID_BYTES and _uuid_text(packed) == item_id:
                return packed
    return item_id


def _uuid_text(packed: bytes) -> str:
    h = packed.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def unpack_id(packed: object) -> str:
    """The id that `pack_id` packed. Raises ProfileUnreadable for anything else."""
    if isinstance(packed, str):
        return packed
    if isinstance(packed, int):
        return str(packed)
    if isinstance(packed, bytes) and len(packed) == _UUID_BYTES:
        return _uuid_text(packed)
    raise ProfileUnreadable("not a profile: an item id of no known form; rebuild the table from behaviour")


def to_bytes(profile: Profile) -> bytes:
    """Equal profiles give equal bytes."""
    acts, shown = profile.acts, profile.exposures
    return _encoder.encode(
        _Wire(
            version=VERSION,
            epoch=profile.epoch,
            offset=profile.offset,
            first_ms=acts[0].ms if acts else 0,
            gaps_ms=[b.ms - a.ms for a, b in pairwise(acts)],
            grades=bytes([act.grade for act in acts]),
            events=b"".join([act.event.to_bytes(EVENT_HASH_BYTES) for act in acts]),
            items=[pack_id(act.item_id) for act in acts],
            exposures=b"",
            seen=profile.seen.to_bytes(),
            repeats=profile.repeats,
            shown_first=shown[0].s if shown else 0,
            shown_gaps=[b.s - a.s for a, b in pairwise(shown)],
            shown=b"".join([e.event.to_bytes(EVENT_HASH_BYTES) + e.item.to_bytes(ITEM_HASH_BYTES) for e in shown]),
        )
    )


def from_bytes(raw: bytes) -> Profile:
    """Read what `to_bytes` wrote. Raises ProfileUnreadable."""
    try:
        wire = _decoder.decode(raw)
    except msgspec.MsgspecError as broken:
        raise ProfileUnreadable(f"not a profile: {broken}; rebuild the table from behaviour") from broken
    if wire.version != VERSION:
        raise ProfileUnreadable(f"profile version {wire.version}, this code reads {VERSION}; upgrade the worker")
    if len(wire.events) % _EVENT.size or len(wire.exposures) % _OLD_EXPOSURE.size or len(wire.shown) % _EXPOSURE.size:
        raise ProfileUnreadable("not a profile: a column is cut short; rebuild the table from behaviour")
    events = [high << 32 | low for high, low in _EVENT.iter_unpack(wire.events)]
    times = accumulate(wire.gaps_ms, initial=wire.first_ms)
    return Profile(
        # There is one time more than there are acts when there are none.
        acts=tuple(map(_act, zip(times, events, wire.grades, map(unpack_id, wire.items), strict=False))),
        exposures=_exposures(wire),
        seen=Seen.from_bytes(wire.seen),
        epoch=wire.epoch,
        offset=wire.offset,
        repeats=wire.repeats,
    )


def _exposures(wire: _Wire) -> tuple[Exposure, ...]:
    if wire.exposures:
        return tuple(
            Exposure(s, high << 32 | low, item) for s, high, low, item in _OLD_EXPOSURE.iter_unpack(wire.exposures)
        )
    times = accumulate(wire.shown_gaps, initial=wire.shown_first)
    return tuple(
        Exposure(s, high << 32 | low, item)
        for s, (high, low, item) in zip(times, _EXPOSURE.iter_unpack(wire.shown), strict=False)
    )

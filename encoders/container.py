"""Decodes the sound and the pictures of media files with FFmpeg's libraries (PyAV)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import numpy as np
from PIL import Image

from encoders.spec import SAMPLE_RATE, Floats, UnusableMedium


@contextmanager
def opened(data: bytes, kind: str) -> Iterator[Any]:
    """The container, its decoders on one thread. Raises UnusableMedium for bytes that are no media file."""
    if not data:
        raise UnusableMedium("empty", f"the {kind} has no bytes")
    try:
        # Only the bytes given: a playlist inside them must not make FFmpeg fetch or read anything else.
        with av.open(io.BytesIO(data), options={"protocol_whitelist": "", "enable_drefs": "0"}) as container:
            yield container
    except UnusableMedium:
        raise
    except Exception as error:  # decoders of strangers' bytes raise nearly anything; it is this medium's
        raise UnusableMedium("unreadable", f"the {kind} cannot be read: {error}") from error


def decode_sound(container: Any, max_seconds: float) -> Floats:
    """Mono float32[s] at 16 kHz of the first sound track, the first `max_seconds` of it; empty if there is none.

    A track that breaks off gives what came before.
    """
    if not container.streams.audio:
        return np.zeros(0, np.float32)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    limit, have = int(max_seconds * SAMPLE_RATE), 0
    parts: list[Floats] = []
    for frame in _frames(container, container.streams.audio[0]):
        for resampled in resampler.resample(frame):
            parts.append(resampled.to_ndarray().reshape(-1))
            have += parts[-1].size
        if have >= limit:
            break
    parts.extend(resampled.to_ndarray().reshape(-1) for resampled in resampler.resample(None))
    return np.concatenate(parts)[:limit].astype(np.float32) if parts else np.zeros(0, np.float32)


def decode_frames(container: Any, count: int, max_seconds: float, max_pixels: int) -> list[Image.Image]:
    """Up to `count` RGB frames spread over the first `max_seconds`; empty if there are none."""
    if not container.streams.video:
        return []
    stream = container.streams.video[0]
    if stream.codec_context.width * stream.codec_context.height > max_pixels:
        raise UnusableMedium(
            "too_many_pixels", f"frames of {stream.codec_context.width} x {stream.codec_context.height}"
        )
    stream.codec_context.skip_frame = "NONREF"
    duration = _seconds(container, stream)
    if duration is None:
        return _every(container, stream, count, max_seconds)
    pictures = []
    for wanted in (np.arange(count) + 0.5) / count * min(duration, max_seconds):
        container.seek(int(wanted * av.time_base), backward=True)  # to the key frame before it: near enough, and cheap
        frame = next(_frames(container, stream), None)
        if frame is not None:
            pictures.append(frame.to_image())
    return pictures or _every(container, stream, count, max_seconds)


def _every(container: Any, stream: Any, count: int, max_seconds: float) -> list[Image.Image]:
    """Without a known duration: read on, keeping every second of what is held whenever it grows past twice `count`."""
    container.seek(0)
    kept: list[Any] = []
    stride = 1
    for index, frame in enumerate(_frames(container, stream)):
        if frame.time is not None and frame.time > max_seconds:
            break
        if index % stride == 0:
            kept.append(frame)
        if len(kept) >= 2 * count:
            kept, stride = kept[::2], stride * 2
    return [frame.to_image() for frame in kept[:: max(1, len(kept) // count)][:count]]


def _seconds(container: Any, stream: Any) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return float(container.duration / av.time_base) if container.duration and container.duration > 0 else None


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Frames until the end, or until the damage: what was whole before it is used."""
    try:
        yield from container.decode(stream)
    except (av.error.InvalidDataError, av.error.EOFError):
        return

"""Decodes the sound and the pictures of media files with FFmpeg's libraries (PyAV)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.spec import SAMPLE_RATE, Floats, UnusableMedium

LOOKED_AT = 1800  # frames decoded one after another at most: a minute of 30 a second, whatever the clock says
USUAL_RATE = 25.0  # frames per second, for streams without a clock


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

    Mono is the mean of all channels, as the tagger was trained: FFmpeg's own mix is up to 3.4 times as loud (5.1) and
    would be clipped. What is not a number is zero. A track that breaks off gives what came before.
    """
    if not container.streams.audio:
        return np.zeros(0, np.float32)
    resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE)
    limit, have = int(max_seconds * SAMPLE_RATE), 0
    parts: list[Floats] = []
    for frame in _frames(container, container.streams.audio[0]):
        parts.extend(heard := [_mono(resampled) for resampled in resampler.resample(frame)])
        have += sum(part.size for part in heard)
        if have >= limit:
            break
    parts.extend(_mono(resampled) for resampled in resampler.resample(None))
    return np.concatenate(parts)[:limit] if parts else np.zeros(0, np.float32)


def decode_frames(container: Any, count: int, max_seconds: float, max_pixels: int) -> list[Image.Image]:
    """Up to `count` upright RGB frames, evenly spread in time over the first `max_seconds`; empty if there are none."""
    if not container.streams.video:
        return []
    stream = container.streams.video[0]
    if stream.codec_context.width * stream.codec_context.height > max_pixels:
        raise UnusableMedium(
            "too_many_pixels", f"frames of {stream.codec_context.width} x {stream.codec_context.height}"
        )
    stream.codec_context.skip_frame = "NONREF"
    duration = _seconds(container, stream)
    found: list[Any] = []
    if duration is not None:
        start = float(stream.start_time * stream.time_base) if stream.start_time else 0.0  # recordings begin anywhere
        found = _at(container, stream, (start + _spread(count) * min(duration, max_seconds)).tolist())
        if len(found) < count // 2:  # a container without an index may lead anywhere, or a seek to nothing
            container.seek(0)
            found = []
    return [_upright(frame) for frame in found or _every(container, stream, count, max_seconds)]


def _at(container: Any, stream: Any, moments: list[float]) -> list[Any]:
    """What is to be seen at the moments (seconds, rising), each frame once.

    The key frame before a moment is near enough, and cheap. Only where several moments share one (a clip may have a
    single key frame) does decoding go on from it. From the last moment backwards, so that nothing is decoded twice.
    """
    found: dict[Any, Any] = {}
    while moments:
        container.seek(int(moments[-1] * av.time_base), backward=True)
        frames = islice(_frames(container, stream), LOOKED_AT)
        key = next(frames, None)
        # Without a time, or with one past the moment, a key frame says nothing about the other moments.
        start = moments[-1] if key is None or key.time is None else min(key.time, moments[-1])
        moments, shared = [one for one in moments if one < start], [one for one in moments if one >= start]
        if key is not None:
            found |= {frame.pts: frame for frame in (_on_screen(key, frames, shared) if len(shared) > 1 else [key])}
    return [found[pts] for pts in sorted(found, key=lambda pts: pts or 0)]


def _on_screen(shown: Any, frames: Iterator[Any], moments: list[float]) -> list[Any]:
    """For each moment the frame that is shown then: the last one that began before it."""
    seen = []
    for frame in frames:
        while moments and frame.time is not None and frame.time > moments[0]:
            seen.append(shown)
            moments = moments[1:]
        if not moments:
            return seen
        shown = frame
    return [*seen, shown]


def _every(container: Any, stream: Any, count: int, max_seconds: float) -> list[Any]:
    """Without a known duration: read on, letting go of the frame that follows closest on another."""
    kept: list[tuple[float, Any]] = []
    for index, frame in enumerate(islice(_frames(container, stream), LOOKED_AT)):
        moment = float(frame.time) if frame.time is not None else index / USUAL_RATE
        if kept and moment - kept[0][0] > max_seconds:
            break
        kept.append((moment, frame))
        if len(kept) > 2 * count:
            del kept[1 + int(np.diff([moment for moment, _ in kept]).argmin())]
    if not kept:
        return []
    times = np.array([moment for moment, _ in kept])
    wanted = times[0] + _spread(count) * (times[-1] - times[0])
    nearest = np.abs(times[:, None] - wanted).argmin(axis=0)
    return [kept[index][1] for index in sorted({*nearest.tolist()})]


def _spread(count: int) -> NDArray[np.float64]:
    """The middles of `count` equal parts of 0 to 1."""
    return (np.arange(count) + 0.5) / count


def _mono(frame: Any) -> Floats:
    channels = np.nan_to_num(frame.to_ndarray(), nan=0.0, posinf=0.0, neginf=0.0)
    mean: Floats = channels.mean(axis=0, dtype=np.float32)
    return mean


def _upright(frame: Any) -> Image.Image:
    """Phones film lying down and write beside it how to turn the frames."""
    picture: Image.Image = frame.to_image()
    return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture


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

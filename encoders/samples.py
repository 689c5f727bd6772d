"""Small media made from nothing, the same on every machine: for tests, benches and probes of a served model."""

from __future__ import annotations

import io
import struct
from typing import Any

import av
import numpy as np
from PIL import Image

from encoders.spec import Floats


def drawing(width: int = 320, height: int = 240, seed: int = 0) -> Image.Image:
    """Coloured rectangles on white, RGB."""
    rng = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), 255, np.uint8)
    for _ in range(12):
        top, left = rng.integers(0, height), rng.integers(0, width)
        tall, wide = rng.integers(1, 1 + height // 2), rng.integers(1, 1 + width // 2)
        pixels[top : top + tall, left : left + wide] = rng.integers(0, 256, 3)
    return Image.fromarray(pixels)


def picture(file_format: str = "PNG", image: Image.Image | None = None, **options: Any) -> bytes:
    """A picture file; `options` are Pillow's."""
    file = io.BytesIO()
    (image or drawing()).save(file, file_format, **options)
    return file.getvalue()


def tone(seconds: float = 4.0, rate: int = 16_000, hertz: float = 440.0) -> Floats:
    """A tone with three overtones that beats twice a second, float32[s] in [-1, 1]."""
    t = np.arange(int(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 5))
    return (0.4 * wave * (0.6 + 0.4 * np.sin(4 * np.pi * t))).astype(np.float32)


def wav(samples: Floats, rate: int = 16_000, channels: int = 1, bits: int = 16) -> bytes:
    """A WAV file of float32[s] (the same on every channel) or float32[s, c]. `bits`: 8, 16, or 32 (floats)."""
    frames = np.repeat(samples[:, None], channels, axis=1) if samples.ndim == 1 else samples
    channels = frames.shape[1]
    if bits == 32:
        data, tag = frames.astype("<f4").tobytes(), 3
    elif bits == 16:
        data, tag = (frames * 32767).astype("<i2").tobytes(), 1
    else:
        data, tag = (frames * 127 + 128).astype(np.uint8).tobytes(), 1
    width = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * width, width, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def video(
    seconds: float = 2.0, *, frames: bool = True, sound: bool = True, size: tuple[int, int] = (160, 120)
) -> bytes:
    """An MP4 of ten frames a second (MPEG-4) with a tone (AAC)."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        if frames:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if sound:
            track = container.add_stream("aac", rate=16_000, layout="mono")
        if frames:
            for index in range(int(seconds * 10)):
                container.mux(stream.encode(av.VideoFrame.from_image(drawing(*size, seed=index // 5))))
            container.mux(stream.encode())
        if sound:
            samples = tone(seconds)
            for start in range(0, len(samples) - 1023, 1024):
                frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], "fltp", "mono")
                frame.sample_rate, frame.pts = 16_000, start
                container.mux(track.encode(frame))
            container.mux(track.encode())
    return file.getvalue()

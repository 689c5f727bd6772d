"""Samples to log-mel patches float32[p, 187, 96], the input that musicnn was trained on.

Spectrogram as in musicnn's code (librosa's defaults): 16 kHz, Hann window of 512, hop 256, 96 Slaney mel bands to
8 kHz, log10(1 + 10000 power). Longer sounds give up to four patches spread evenly; shorter ones repeat to fill one.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from encoders.spec import MEL_BANDS, PATCH_FRAMES, SAMPLE_RATE, Floats, UnusableMedium

WINDOW = 512
HOP = 256
PATCH_SAMPLES = (PATCH_FRAMES - 1) * HOP  # centred frames: 187 of them need 186 hops
MAX_PATCHES = 4  # 12 s in all; each costs about 20 ms of CPU
COMPRESSION = 10_000.0
SILENCE = 1e-4  # peak amplitude, -80 dB of full scale


def sound_patches(samples: Floats) -> Floats:
    """Mono samples in [-1, 1] at 16 kHz, float32[s], to float32[p, 187, 96], 1 <= p <= 4. Raises UnusableMedium."""
    samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    if not len(samples):
        raise UnusableMedium("empty", "the sound has no samples")
    if float(np.abs(samples).max()) < SILENCE:
        raise UnusableMedium("silent", "nothing louder than -80 dB")
    if len(samples) < PATCH_SAMPLES:
        samples = np.tile(samples, -(-PATCH_SAMPLES // len(samples)))[:PATCH_SAMPLES]
    count = min(MAX_PATCHES, len(samples) // PATCH_SAMPLES)
    starts = np.linspace(0, len(samples) - PATCH_SAMPLES, count).astype(int) if count > 1 else [0]
    return np.stack([log_mel(samples[start : start + PATCH_SAMPLES]) for start in starts])


def log_mel(samples: Floats) -> Floats:
    """float32[s] to float32[1 + s // 256, 96]."""
    padded = np.pad(np.clip(samples, -1.0, 1.0), WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * _hann(), axis=1)) ** 2
    spectrogram: Floats = np.log10(1.0 + COMPRESSION * (power @ _mel_bank())).astype(np.float32)
    return spectrogram


@cache
def _hann() -> Floats:
    """Periodic, as for a spectrogram."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


@cache
def _mel_bank() -> Floats:
    """Triangles of equal area, float32[257, 96] (Slaney, Auditory Toolbox, 1998)."""
    edges = _mel_to_hertz(np.linspace(0.0, _hertz_to_mel(SAMPLE_RATE / 2), MEL_BANDS + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, WINDOW // 2 + 1)[:, None]
    rising = (bins - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - bins) / np.diff(edges)[1:]
    return (np.maximum(0.0, np.minimum(rising, falling)) * 2.0 / (edges[2:] - edges[:-2])).astype(np.float32)


# Slaney's scale: linear up to 1 kHz (15 mel), then logarithmic.
_LINEAR_STEP = 200.0 / 3.0
_BREAK_HERTZ, _BREAK_MEL = 1000.0, 15.0
_LOG_STEP = np.log(6.4) / 27.0


def _hertz_to_mel(hertz: float) -> float:
    if hertz < _BREAK_HERTZ:
        return hertz / _LINEAR_STEP
    return float(_BREAK_MEL + np.log(hertz / _BREAK_HERTZ) / _LOG_STEP)


def _mel_to_hertz(
    mels: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.where(mels < _BREAK_MEL, mels * _LINEAR_STEP, _BREAK_HERTZ * np.exp(_LOG_STEP * (mels - _BREAK_MEL)))

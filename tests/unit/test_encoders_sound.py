"""What becomes of sounds, good and bad."""

import struct
import tracemalloc

import numpy as np
import pytest

from encoders.container import decode_sound, opened
from encoders.samples import tone, wav
from encoders.sound import log_mel, sound_patches
from encoders.spec import Floats, UnusableMedium


def patches(data: bytes, max_seconds: float = 60.0) -> Floats:
    with opened(data, "sound") as container:
        return sound_patches(decode_sound(container, max_seconds))


def code_of(data: bytes) -> str:
    with pytest.raises(UnusableMedium) as problem:
        patches(data)
    return problem.value.code


def loudest_band(patch: Floats) -> int:
    return int(patch.mean(axis=0).argmax())


def test_three_seconds_give_one_patch() -> None:
    assert patches(wav(tone(3.0))).shape == (1, 187, 96)


def test_a_longer_sound_gives_at_most_four_patches_spread_over_it() -> None:
    rising = np.concatenate([tone(4.0, hertz=hertz) for hertz in (200, 500, 1000, 2500)])
    spread = patches(wav(rising))
    assert spread.shape == (4, 187, 96)
    bands = [loudest_band(patch) for patch in spread]
    assert bands == sorted(set(bands))


def test_a_short_sound_repeats_to_fill_a_patch() -> None:
    patch = patches(wav(tone(0.2)))[0]
    assert patch.shape == (187, 96)
    assert patch[-20:-2].max() > 0.5 * patch.max()


def test_a_higher_tone_is_loudest_in_a_higher_band() -> None:
    assert loudest_band(log_mel(tone(3.0, hertz=1500))) > loudest_band(log_mel(tone(3.0, hertz=300)))


def test_the_mel_spectrogram_of_a_full_scale_sine_has_its_peak_where_slaney_puts_it() -> None:
    t = np.arange(47_616) / 16_000
    spectrogram = log_mel(np.sin(2 * np.pi * 1000 * t).astype(np.float32))
    # Slaney's scale puts 1 kHz at 15 of 45.25 mel (8 kHz); band b is centred at (b + 1) / 97 of the way.
    assert abs(loudest_band(spectrogram) - (15 / 45.25 * 97 - 1)) <= 1


@pytest.mark.parametrize(
    ("rate", "channels", "bits", "difference"),
    [
        (96_000, 1, 16, 0.01),
        (96_000, 2, 16, 0.01),
        (48_000, 6, 16, 0.01),
        (48_000, 6, 32, 0.01),
        (16_000, 1, 32, 0.01),
        (16_000, 1, 8, 0.2),  # eight bits add noise of their own
        (8000, 1, 8, 0.2),
    ],
)
def test_rates_channels_and_widths_give_the_same_patch(rate: int, channels: int, bits: int, difference: float) -> None:
    plain = patches(wav(tone(3.2)))[0]
    other = patches(wav(tone(3.2, rate), rate, channels, bits))[0]
    assert np.abs(plain[20:160, :60] - other[20:160, :60]).mean() < difference
    assert np.abs(plain[20:160, :60] - log_mel(tone(3.2, hertz=660.0))[20:160, :60]).mean() > 0.4


def test_channels_that_differ_are_all_heard() -> None:
    low, high = tone(3.2, hertz=300.0), tone(3.2, hertz=2000.0)
    both = patches(wav(np.stack([low, high], axis=1)))[0]
    mixed = patches(wav(np.float32(0.5) * (low + high), bits=32))[0]
    assert np.abs(both[20:160] - mixed[20:160]).mean() < 0.05


def test_of_an_hour_only_the_first_seconds_are_read() -> None:
    minute = wav(np.concatenate([tone(1.0, 8000, hertz=hertz) for hertz in range(200, 2600, 40)]), 8000, bits=8)
    sounding = 60 * minute[44:]
    hour = minute[:40] + struct.pack("<I", len(sounding)) + sounding
    tracemalloc.start()
    try:
        heard = patches(hour)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000, "an hour as samples is 230 MB"
    np.testing.assert_allclose(heard[:, :180], patches(minute)[:, :180], atol=1e-3)


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_counts_as_silence(value: float, rate: int) -> None:
    samples = tone(4.0, rate)
    samples[rate : rate + 100] = value
    broken, whole = patches(wav(samples, rate, 2, bits=32)), patches(wav(tone(4.0, rate), rate, 2, bits=32))
    assert np.isfinite(broken).all()
    assert np.abs(broken - whole).mean() < 0.1
    assert code_of(wav(np.full(3 * rate, value, np.float32), rate, bits=32)) == "silent"


def test_samples_far_over_full_scale_are_clipped() -> None:
    assert np.isfinite(patches(wav(tone(4.0, 44_100) * np.float32(1e38), 44_100, 2, bits=32))).all()


def test_silence_no_samples_and_no_sound_are_told_apart() -> None:
    assert code_of(wav(np.zeros(48_000, np.float32))) == "silent"
    assert code_of(wav(np.zeros(0, np.float32))) == "empty"
    assert code_of(b"") == "empty"
    assert code_of(b"not a sound at all") == "unreadable"


def test_a_file_that_breaks_off_gives_what_came_before() -> None:
    assert patches(wav(tone(8.0))[:200_000]).shape[0] >= 1


def test_a_playlist_makes_nothing_be_fetched() -> None:
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
    assert code_of(playlist) == "unreadable"

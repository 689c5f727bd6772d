"""What becomes of sounds, good and bad."""

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
    ("rate", "channels", "bits"), [(8000, 1, 8), (96_000, 2, 16), (48_000, 6, 16), (16_000, 1, 32)]
)
def test_rates_channels_and_widths_give_nearly_the_same_patch(rate: int, channels: int, bits: int) -> None:
    plain = patches(wav(tone(3.2)))[0]
    other = patches(wav(tone(3.2, rate), rate, channels, bits))[0]
    assert np.abs(plain[20:160, :60] - other[20:160, :60]).mean() < 0.6  # a six-channel mix-down is a little louder


def test_of_an_hour_only_the_first_seconds_are_read() -> None:
    hour = wav(np.tile(tone(1.0, 8000), 3600), 8000, bits=8)
    with opened(hour, "sound") as container:
        assert len(decode_sound(container, 10.0)) == 160_000


def test_not_a_number_counts_as_silence() -> None:
    samples = tone(4.0)
    samples[100:200] = np.nan
    assert np.isfinite(patches(wav(samples, bits=32))).all()
    assert code_of(wav(np.full(48_000, np.nan, np.float32), bits=32)) == "silent"


def test_silence_no_samples_and_no_sound_are_told_apart() -> None:
    assert code_of(wav(np.zeros(48_000, np.float32))) == "silent"
    assert code_of(wav(np.zeros(0, np.float32))) in {"empty", "unreadable"}
    assert code_of(b"") == "empty"
    assert code_of(b"not a sound at all") == "unreadable"


def test_a_file_that_breaks_off_gives_what_came_before() -> None:
    assert patches(wav(tone(8.0))[:200_000]).shape[0] >= 1


def test_a_playlist_makes_nothing_be_fetched() -> None:
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
    assert code_of(playlist) == "unreadable"

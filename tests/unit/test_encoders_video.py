"""What becomes of videos, good and bad."""

import io
import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from encoders.samples import drawing, picture, tone, video, wav
from encoders.spec import Floats, Limits, UnusableMedium
from encoders.video import FRAMES, video_tensors

MILLISECOND = Fraction(1, 1000)


def test_frames_are_spread_over_the_video_and_the_track_is_heard() -> None:
    tensors = video_tensors(video(4.0), Limits())
    assert tensors.pictures.shape == (FRAMES, 224, 224, 3)
    assert tensors.sounds.shape[1:] == (187, 96)
    assert np.abs(tensors.pictures[0].astype(float) - tensors.pictures[-1]).mean() > 5
    assert tensors.problems == ()


def test_a_silent_film_has_frames_only() -> None:
    tensors = video_tensors(video(sound=False), Limits())
    assert len(tensors.pictures) == FRAMES
    assert len(tensors.sounds) == 0
    assert tensors.problems == ()


def test_a_film_without_pictures_is_heard_and_says_so() -> None:
    tensors = video_tensors(video(frames=False), Limits())
    assert len(tensors.pictures) == 0
    assert len(tensors.sounds) >= 1
    assert tensors.problems == ("video:no_frames",)


def test_only_the_first_seconds_are_looked_at() -> None:
    whole = video_tensors(video(6.0), Limits()).pictures
    start = video_tensors(video(6.0), Limits(max_seconds=0.4)).pictures
    assert np.abs(start[0].astype(float) - start[-1]).mean() < np.abs(whole[0].astype(float) - whole[-1]).mean()


def test_frames_over_the_pixel_limit_are_refused() -> None:
    with pytest.raises(UnusableMedium) as problem:
        video_tensors(video(), Limits(max_pixels=100))
    assert problem.value.code == "too_many_pixels"


@pytest.mark.parametrize(("data", "code"), [(b"", "empty"), (b"no video", "unreadable")])
def test_other_bytes_are_no_video(data: bytes, code: str) -> None:
    with pytest.raises(UnusableMedium) as problem:
        video_tensors(data, Limits())
    assert problem.value.code == code


def test_a_film_of_blank_frames_is_heard_and_says_so() -> None:
    black = [Image.new("RGB", (64, 64))] * 5
    assert code_of(film(black, range(5))) == "blank"
    tensors = video_tensors(film(black, range(5), sound=tone(3.2)), Limits())
    assert len(tensors.pictures) == 0
    assert len(tensors.sounds) >= 1
    assert tensors.problems == ("video:blank",)


def test_a_sound_track_of_silence_is_no_problem() -> None:
    tensors = video_tensors(film([greys(t) for t in range(5)], range(5), sound=np.zeros(48_000, np.float32)), Limits())
    assert len(tensors.pictures) >= 1
    assert len(tensors.sounds) == 0
    assert tensors.problems == ()


def test_neither_frames_nor_anything_to_hear_is_no_video() -> None:
    assert code_of(wav(np.zeros(48_000, np.float32))) == "no_frames"
    assert code_of(film([], [], "mp4")) == "no_frames"
    assert code_of(film([], [], "avi")) == "no_frames"


@pytest.mark.parametrize("file_format", ["mp4", "matroska", "mpegts"])
def test_frames_of_a_variable_rate_are_spread_by_time_and_not_by_number(file_format: str) -> None:
    """Fifty frames in the first second, then one every second: by number nearly all would be of the first second."""
    times = [*np.arange(0.0, 1.0, 0.02), *range(1, 11), 10.0 + 1.0]
    pictures = video_tensors(film([greys(t) for t in times], times, file_format), Limits()).pictures
    shown = [int(frame[112, 60].mean()) for frame in pictures]
    assert len(shown) >= FRAMES - 1
    assert sum(grey < 25 for grey in shown) <= 2
    assert shown == sorted(shown)
    assert max(shown) >= 140


def test_frames_without_a_clock_are_spread_by_number() -> None:
    bare = film([greys(t) for t in range(20)], range(20), "h264")
    shown = [int(frame[112, 60].mean()) for frame in video_tensors(bare, Limits()).pictures]
    assert len(shown) == FRAMES
    assert shown == sorted(set(shown))


def test_a_film_of_a_single_key_frame_is_seen_beyond_it() -> None:
    times = np.arange(0.0, 10.0, 0.1)
    pictures = video_tensors(film([greys(t) for t in times], times, key_every=1000), Limits()).pictures
    shown = [int(frame[112, 60].mean()) for frame in pictures]
    assert len(set(shown)) == FRAMES
    assert shown == sorted(shown)


def test_a_film_shot_with_the_phone_lying_down_is_turned_upright() -> None:
    upright = drawing(96, 160)
    lying = bytearray(film([upright.transpose(Image.Transpose.ROTATE_90)] * 10, range(10)))
    turned = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 160 << 16, 0, 1 << 30)
    matrix = lying.index(b"tkhd") + 44  # of the track's header: a quarter turn clockwise
    lying[matrix : matrix + 36] = turned
    seen = video_tensors(bytes(lying), Limits()).pictures[0].astype(float)
    assert np.abs(seen - video_tensors(film([upright] * 10, range(10)), Limits()).pictures[0]).mean() < 5


def greys(seconds: float) -> Image.Image:
    """Ever brighter, fifteen steps a second, with something in it to see."""
    frame = Image.new("RGB", (64, 64), (int(15 * seconds),) * 3)
    frame.paste((255, 0, 0), (30, 30, 60, 60))
    return frame


def film(
    pictures: Sequence[Image.Image],
    times: Iterable[float],
    file_format: str = "mp4",
    *,
    key_every: int = 12,
    sound: Floats | None = None,
) -> bytes:
    """The pictures shown from the given times (s) on; H.264 that refers to earlier pictures only."""
    file = io.BytesIO()
    with av.open(file, "w", format=file_format) as container:
        stream = container.add_stream("libx264", rate=25, options={"g": str(key_every), "bf": "0", "sc_threshold": "0"})
        stream.width, stream.height = pictures[0].size if pictures else (64, 64)
        stream.pix_fmt, stream.time_base, stream.codec_context.time_base = "yuv420p", MILLISECOND, MILLISECOND
        track = container.add_stream("aac", rate=16_000, layout="mono") if sound is not None else None
        container.start_encoding()  # so that a film without pictures has its headers
        for picture_, time in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_image(picture_)
            frame.pts, frame.time_base = round(1000 * time), MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if track is not None and sound is not None:
            heard = av.AudioFrame.from_ndarray(sound[None], "fltp", "mono")
            heard.sample_rate = 16_000
            container.mux(track.encode(heard))
            container.mux(track.encode())
    return file.getvalue()


def code_of(data: bytes) -> str:
    with pytest.raises(UnusableMedium) as problem:
        video_tensors(data, Limits())
    return problem.value.code


def test_an_animated_picture_can_be_a_video() -> None:
    frames = [Image.new("RGB", (64, 64), (index * 20, 255 - index * 20, 0)) for index in range(10)]
    for frame in frames:
        frame.paste((0, 0, 255), (10, 10, 30, 30))
    data = picture("GIF", frames[0], save_all=True, append_images=frames[1:], duration=100)
    assert len(video_tensors(data, Limits()).pictures) >= 1


def test_a_video_without_its_table_of_contents_is_unreadable() -> None:
    data = video(3.0)  # an MP4 keeps its table of contents at the end
    with pytest.raises(UnusableMedium) as problem:
        video_tensors(data[: len(data) // 2], Limits())
    assert problem.value.code == "unreadable"

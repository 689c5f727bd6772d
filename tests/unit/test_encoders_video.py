"""What becomes of videos, good and bad."""

import numpy as np
import pytest
from PIL import Image

from encoders.samples import picture, video
from encoders.spec import Limits, UnusableMedium
from encoders.video import FRAMES, video_tensors


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

"""What becomes of pictures, good and bad."""

import numpy as np
import pytest
from PIL import Image

from encoders.picture import picture_tensor
from encoders.samples import drawing, picture
from encoders.spec import UnusableMedium

LIMIT = 1_000_000


def code_of(data: bytes, max_pixels: int = LIMIT) -> str:
    with pytest.raises(UnusableMedium) as problem:
        picture_tensor(data, max_pixels)
    return problem.value.code


def difference(one: bytes, other: bytes) -> float:
    a, b = (picture_tensor(data, LIMIT).astype(float) for data in (one, other))
    return float(np.abs(a - b).mean())


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_every_common_format_gives_the_same_picture(file_format: str) -> None:
    pixels = picture_tensor(picture(file_format), LIMIT)
    assert pixels.shape == (224, 224, 3)
    assert pixels.dtype == np.uint8
    assert difference(picture(file_format), picture("PNG")) < 8


def test_cmyk_becomes_rgb() -> None:
    assert difference(picture("JPEG", drawing().convert("CMYK")), picture("JPEG")) < 30


def test_sixteen_bits_keep_their_scale() -> None:
    grey = np.asarray(drawing().convert("L"))
    wide = Image.fromarray(grey.astype(np.uint16) * 257)
    assert difference(picture("PNG", wide), picture("PNG", Image.fromarray(grey))) < 1


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (40, 40, 60, 60))
    pixels = picture_tensor(picture("PNG", clear), LIMIT)
    assert pixels[5, 5].tolist() == [255, 255, 255]
    assert pixels[112, 112].tolist() == [0, 0, 255]


def test_a_white_shape_on_nothing_is_still_seen() -> None:
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    clear.paste((255, 255, 255, 255), (40, 40, 60, 60))
    pixels = picture_tensor(picture("PNG", clear), LIMIT)
    assert pixels[5, 5].tolist() == [128, 128, 128]
    assert pixels[112, 112].tolist() == [255, 255, 255]


def test_of_an_animation_the_first_frame_is_used() -> None:
    first, second = drawing(seed=1), drawing(seed=2)
    moving = picture("GIF", first, save_all=True, append_images=[second])
    assert difference(moving, picture("GIF", first)) < 3
    assert difference(moving, picture("GIF", second)) > 10


def test_exif_orientation_is_honoured() -> None:
    upright = drawing(200, 300)
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its left side
    lying = picture("JPEG", upright.transpose(Image.Transpose.ROTATE_90), exif=exif, quality=95)
    assert difference(lying, picture("JPEG", upright, quality=95)) < 3


def test_the_whole_picture_is_kept_on_a_white_square() -> None:
    wide = Image.new("RGB", (400, 100), (200, 0, 0))
    pixels = picture_tensor(picture("PNG", wide), LIMIT)
    assert pixels[0, 112].tolist() == [255, 255, 255]
    assert pixels[112, 0].tolist() == [200, 0, 0]


@pytest.mark.parametrize("at", [40, 200, 700])
def test_a_truncated_file_is_named_so_or_unreadable(at: int) -> None:
    assert code_of(picture("PNG")[:at]) in {"truncated", "unreadable"}


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    assert code_of(picture("PNG", drawing(1200, 1000))) == "too_many_pixels"


def test_a_decompression_bomb_is_refused() -> None:
    bomb = Image.new("1", (30_000, 30_000))
    data = picture("PNG", bomb)
    assert len(data) < 200_000
    assert code_of(data, max_pixels=50_000_000) == "too_many_pixels"


@pytest.mark.parametrize(
    "data",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg></svg>"],
)
def test_svg_is_refused(data: bytes) -> None:
    assert code_of(data) == "unsupported"


def test_a_tracking_dot_is_too_small() -> None:
    assert code_of(picture("PNG", Image.new("RGB", (1, 1)))) == "too_small"


def test_a_picture_of_one_colour_is_blank() -> None:
    assert code_of(picture("PNG", Image.new("RGB", (224, 224), (9, 9, 9)))) == "blank"


def test_no_bytes_are_empty_and_other_files_unreadable() -> None:
    assert code_of(b"") == "empty"
    assert code_of(b"%!PS-Adobe-3.0 EPSF-3.0\n") == "unreadable"
    assert code_of(b"not a picture") == "unreadable"

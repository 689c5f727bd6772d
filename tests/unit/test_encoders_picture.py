"""What becomes of pictures, good and bad."""

import gzip
import struct
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

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


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(file_format: str) -> None:
    printed = picture(file_format, drawing().convert("CMYK"), **({"quality": 95} if file_format == "JPEG" else {}))
    assert difference(printed, picture("PNG")) < 1
    assert difference(picture("PNG", ImageOps.invert(drawing())), picture("PNG")) > 50, "inverted ink would be seen"


@pytest.mark.parametrize("layout", ["rgb48be", "rgba64be"])
def test_sixteen_bits_a_channel_are_close_to_eight(layout: str) -> None:
    codec = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = *drawing().size, layout, Fraction(1, 25)
    packets = [*codec.encode(av.VideoFrame.from_image(drawing()).reformat(format=layout)), *codec.encode(None)]
    wide = b"".join(bytes(packet) for packet in packets)
    assert wide[24] == 16  # the header's bit depth
    assert difference(wide, picture("PNG")) < 1


def test_sixteen_bits_of_grey_keep_their_scale() -> None:
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


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_of_an_animation_the_first_frame_is_used(file_format: str) -> None:
    first, second = drawing(seed=1), drawing(seed=2)
    moving = picture(file_format, first, save_all=True, append_images=[second])
    assert difference(moving, picture(file_format, first)) < 1
    assert difference(moving, picture(file_format, second)) > 10


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "TIFF"])
def test_an_animation_that_breaks_off_later_is_whole_enough(file_format: str) -> None:
    first = drawing(seed=1)
    moving = picture(file_format, first, save_all=True, append_images=[drawing(seed=2)])
    assert difference(moving[:-200], picture(file_format, first)) < 1


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (7, Image.Transpose.TRANSVERSE),
        (8, Image.Transpose.ROTATE_270),
    ],
)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_honoured(file_format: str, orientation: int, stored: Image.Transpose) -> None:
    upright = drawing(200, 300)
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = picture(file_format, upright.transpose(stored), exif=exif, quality=95)
    assert difference(turned, picture(file_format, upright, quality=95)) < 3
    assert difference(picture("PNG", upright.transpose(stored)), picture("PNG", upright)) > 10


def test_the_whole_picture_is_kept_on_a_white_square() -> None:
    wide = Image.new("RGB", (400, 100), (200, 0, 0))
    pixels = picture_tensor(picture("PNG", wide), LIMIT)
    assert pixels[0, 112].tolist() == [255, 255, 255]
    assert pixels[112, 0].tolist() == [200, 0, 0]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "BMP", "TIFF"])
def test_a_truncated_file_is_named_so(file_format: str, share: float) -> None:
    data = picture(file_format)
    assert code_of(data[: int(share * len(data))]) == "truncated"


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF"])
def test_a_truncated_file_whose_decoder_does_not_say_so_is_unreadable(file_format: str) -> None:
    data = picture(file_format)
    assert code_of(data[: len(data) // 2]) == "unreadable"


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    assert code_of(picture("PNG", drawing(1200, 1000))) == "too_many_pixels"


def png(width: int, height: int, data: bytes, *chunks: bytes) -> bytes:
    """A PNG of one bit a pixel, whatever its data say."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_a_picture_of_30000_by_30000_is_refused_by_its_header_alone() -> None:
    packed = zlib.compressobj(1)
    rows = b"".join(packed.compress(bytes(3751 * 500)) for _ in range(60)) + packed.flush()
    bomb = png(30_000, 30_000, rows)
    assert len(bomb) < 1_000_000
    assert code_of(bomb, max_pixels=50_000_000) == "too_many_pixels"
    assert code_of(bomb[:60], max_pixels=50_000_000) == "too_many_pixels", "nothing of the data may be needed"


@pytest.mark.parametrize("file_format", ["JPEG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_header_that_claims_too_many_pixels_is_refused_in_every_format(file_format: str) -> None:
    assert code_of(claiming(picture(file_format), file_format), max_pixels=50_000_000) == "too_many_pixels"


def claiming(data: bytes, file_format: str, side: int = 16_000) -> bytes:
    """The file with another size in its header."""
    short, little = struct.pack(">HH", side, side), struct.pack("<HH", side, side)
    if file_format == "JPEG":
        return _overwritten(data, data.index(b"\xff\xc0") + 5, short)
    if file_format == "GIF":
        return _overwritten(data, 6, little)
    if file_format == "WEBP":  # lossy: after the frame's start code
        return _overwritten(data, data.index(b"\x9d\x01\x2a") + 3, little)
    if file_format == "BMP":
        return _overwritten(data, 18, struct.pack("<ii", side, side))
    (directory,) = struct.unpack("<I", data[4:8])
    for entry in range(directory + 2, directory + 26, 12):  # TIFF: width and height come first
        if struct.unpack("<H", data[entry : entry + 2])[0] in (256, 257):
            data = _overwritten(data, entry + 2, struct.pack("<HII", 4, 1, side))
    return data


def _overwritten(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def test_a_bomb_in_the_words_beside_a_picture_is_refused() -> None:
    words = _chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(20_000_000)))
    assert code_of(png(100, 100, zlib.compress(bytes(1400)), words)) == "unreadable"


SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.mark.parametrize(
    "data",
    [
        SVG.encode(),
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg></svg>",
        b"<!-- drawn by hand -->\n" + SVG.encode(),
        b"<!DOCTYPE svg>" + SVG.encode(),
        f"<?xml version='1.0' encoding='utf-16'?>{SVG}".encode("utf-16"),
        gzip.compress(SVG.encode()),
    ],
    ids=["plain", "declared", "comment", "doctype", "utf-16", "svgz"],
)
def test_svg_is_refused(data: bytes) -> None:
    assert code_of(data) == "unsupported"


@pytest.mark.parametrize(
    "data", [b"<!doctype html><html><svg/></html>", gzip.compress(b"words"), b"\x1f\x8b no gzip at all"]
)
def test_a_page_or_an_archive_is_no_svg(data: bytes) -> None:
    assert code_of(data) == "unreadable"


def test_a_tracking_dot_is_too_small() -> None:
    assert code_of(picture("PNG", Image.new("RGB", (1, 1)))) == "too_small"


@pytest.mark.parametrize("size", [(7, 300), (300, 7), (30_000, 8), (8, 30_000)])
def test_a_sliver_is_too_small(size: tuple[int, int]) -> None:
    assert code_of(picture("PNG", drawing(*size))) == "too_small"


def test_a_picture_of_one_colour_is_blank() -> None:
    assert code_of(picture("PNG", Image.new("RGB", (224, 224), (9, 9, 9)))) == "blank"


def test_no_bytes_are_empty_and_other_files_unreadable() -> None:
    assert code_of(b"") == "empty"
    assert code_of(b"%!PS-Adobe-3.0 EPSF-3.0\n") == "unreadable"
    assert code_of(b"not a picture") == "unreadable"

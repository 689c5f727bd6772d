"""Bytes of a picture to uint8[224, 224, 3], whatever the file says of itself.

Used: JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF; CMYK, 16-bit, palettes and transparency (laid on white) become RGB; of
an animation the first frame; EXIF orientation is honoured. The size in the header is checked before anything is
decoded.
"""

from __future__ import annotations

import codecs
import io
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from encoders.spec import PICTURE_SIDE, Pixels, UnusableMedium

# Only formats that decode in this process: PIL's others start programs (EPS) or are vectors.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
MIN_SIDE = 8  # pixels; less is a tracking dot
LOOKED_INTO = 4096  # bytes at the beginning that must tell an SVG
GZIP = b"\x1f\x8b"
WHITE = (255, 255, 255, 255)
GREY = (128, 128, 128, 255)
warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit given refuses what is too big


def picture_tensor(data: bytes, max_pixels: int) -> Pixels:
    """uint8[224, 224, 3]. Raises UnusableMedium."""
    return fit(upright_rgb(data, max_pixels))


def upright_rgb(data: bytes, max_pixels: int) -> Image.Image:
    """The whole picture in RGB, a large JPEG at no more detail than 448 pixels need. Raises UnusableMedium."""
    if not data:
        raise UnusableMedium("empty", "the picture has no bytes")
    if _looks_like_svg(data):
        raise UnusableMedium("unsupported", "SVG is a drawing programme, not a picture: send PNG or JPEG")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            return _decoded(picture, max_pixels)
    except UnidentifiedImageError as error:
        raise UnusableMedium("unreadable", "no known picture format") from error
    except Image.DecompressionBombError as error:
        raise UnusableMedium("too_many_pixels", str(error)) from error
    except UnusableMedium:
        raise
    except Exception as error:  # decoders of strangers' bytes raise nearly anything; it is this medium's
        code = "truncated" if "truncat" in str(error).lower() else "unreadable"
        raise UnusableMedium(code, f"the picture is damaged: {error}") from error


def fit(picture: Image.Image) -> Pixels:
    """The whole picture, scaled and laid on a white square: a cropped poster would lose its title."""
    longest, shortest = max(picture.size), min(picture.size)
    if round(shortest / longest * PICTURE_SIDE) < 1:
        raise UnusableMedium("too_small", f"{picture.width} x {picture.height} pixels: scaled, nothing of it is left")
    picture = ImageOps.contain(picture, (PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BICUBIC)
    pixels = np.asarray(ImageOps.pad(picture, (PICTURE_SIDE, PICTURE_SIDE), color=WHITE[:3]), np.uint8)
    if (pixels == pixels[0, 0]).all():
        raise UnusableMedium("blank", "the picture has one single colour")
    return pixels


def _decoded(picture: Image.Image, max_pixels: int) -> Image.Image:
    width, height = picture.size
    if width * height > max_pixels:
        raise UnusableMedium("too_many_pixels", f"{width} x {height} pixels; the limit is {max_pixels}")
    if min(width, height) < MIN_SIDE:
        raise UnusableMedium("too_small", f"{width} x {height} pixels; at least {MIN_SIDE} each way are needed")
    if picture.format == "JPEG":
        picture.draft("RGB", (2 * PICTURE_SIDE, 2 * PICTURE_SIDE))  # skips detail that scaling would drop anyway
    ImageOps.exif_transpose(picture, in_place=True)
    picture.load()
    return rgb(picture)


def rgb(picture: Image.Image) -> Image.Image:
    """Any mode to RGB: wide integers and floats are scaled by their range, transparency is laid on white."""
    if picture.mode.startswith(("I", "F")):
        picture = _narrowed(picture)
    if "A" in picture.getbands() or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        on_white = Image.alpha_composite(Image.new("RGBA", layer.size, WHITE), layer).convert("RGB")
        if on_white.getextrema() != ((255, 255),) * 3:
            return on_white
        return Image.alpha_composite(Image.new("RGBA", layer.size, GREY), layer).convert("RGB")  # white shapes
    return picture if picture.mode == "RGB" else picture.convert("RGB")  # a copy of the largest is 200 MB


def _narrowed(picture: Image.Image) -> Image.Image:
    """16-bit integers keep their scale (65535 = white); 32-bit ones and floats have none, so their range is used."""
    values = np.nan_to_num(np.asarray(picture, np.float32), posinf=0.0, neginf=0.0)
    top = (
        65535.0
        if picture.mode.startswith("I;16") or 255 < values.max(initial=0.0) <= 65535
        else values.max(initial=1.0)
    )
    return Image.fromarray(np.clip(values / max(float(top), 1e-6) * 255.0, 0, 255).astype(np.uint8), "L")


def _looks_like_svg(data: bytes) -> bool:
    """Also compressed (.svgz), in UTF-16, and behind comments or a document type."""
    head = data[:LOOKED_INTO]
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, LOOKED_INTO)
        except zlib.error:
            return False
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "replace").encode()
    head = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    begins = head.startswith((b"<svg", b"<?xml", b"<!doctype", b"<!--"))
    return begins and b"<svg" in head and b"<html" not in head

"""Emoji: Noto's colour pictures (SIL Open Font Licence) and their names in many languages (Unicode CLDR's licence)."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from encoders.learning.collect.packages import Package, unpacked
from encoders.learning.collect.writing import Picture, fresh, write

FONT = Package("fonts-noto-color-emoji", "2.042-0+deb12u1")
NAMES = Package("unicode-cldr-core", "41-0.1")
FONT_FILE = Path("usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
ANNOTATIONS = Path("usr/share/unicode/cldr/common/annotations")
ABOUT = (
    "Noto Color Emoji 2.042 (SIL Open Font Licence 1.1) with the names of Unicode CLDR 41 (Unicode licence), "
    "from Debian's fonts-noto-color-emoji and unicode-cldr-core."
)
# The languages the multilingual text encoder knows.
LANGUAGES = ("ar", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")
STRIKE = 109  # pixels: the one size the font's bitmaps have
SIDE = 136
COLOURFUL = 30  # between a pixel's channels; text that the font only has in black is no picture
MAX_KEYWORDS = 4


def emoji(out: Path, cache: Path) -> int:
    """Write the DATASET folder; returns how many pictures. Raises NotFetched."""
    font = ImageFont.truetype(str(unpacked(FONT, cache) / FONT_FILE), STRIKE)
    folder = unpacked(NAMES, cache) / ANNOTATIONS
    names, keywords = said(folder / "en.xml")
    translated = {language: said(folder / f"{language}.xml")[0] for language in LANGUAGES}
    media = fresh(out)
    pictures = []
    for character, name in names.items():
        drawn = draw(character, font)
        if drawn is None:
            continue
        file = "-".join(f"{ord(part):x}" for part in character) + ".png"
        drawn.save(media / file)
        others = {f"name_{language}": known[character] for language, known in translated.items() if character in known}
        words = tuple(word for word in keywords.get(character, ()) if word != name)[:MAX_KEYWORDS]
        pictures.append(Picture(f"emoji.{file[:-4]}", name, f"media/{file}", tags=words, attributes=others))
    return write(out, pictures, ABOUT)


def said(path: Path) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """(name by character, keywords by character) of one language."""
    names: dict[str, str] = {}
    keywords: dict[str, tuple[str, ...]] = {}
    for element in ElementTree.parse(path).getroot().iter("annotation"):  # noqa: S314  a pinned package's file
        character, text = element.get("cp", ""), element.text or ""
        if element.get("type") == "tts":
            names[character] = text.strip()
        else:
            keywords[character] = tuple(word.strip() for word in text.split("|"))
    return names, keywords


def draw(character: str, font: ImageFont.FreeTypeFont) -> Image.Image | None:
    """The emoji on white, or None where the font has no colour picture for it."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    ImageDraw.Draw(picture).text((0, 4), character, font=font, embedded_color=True)
    pixels = np.asarray(picture).reshape(-1, 3)
    coloured = bool((np.ptp(pixels.astype(np.int16), axis=1) > COLOURFUL).any())
    return picture if coloured else None

"""The Open Clip Art Library (public domain): drawings with titles, keywords and a folder tree of categories.

The PNGs are one Debian package and the SVGs, which carry the titles and keywords as Dublin Core, another.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

from encoders.learning.collect.packages import Package, unpacked
from encoders.learning.collect.writing import Picture, fresh, write

PNG = Package("openclipart-png", "1:0.18+dfsg-19")
SVG = Package("openclipart-svg", "1:0.18+dfsg-19")
SHARE = Path("usr/share/openclipart")
ABOUT = "Open Clip Art Library 0.18, from Debian's openclipart-png and openclipart-svg. Licence: public domain."
WORK = "{http://web.resource.org/cc/}Work"
TITLE = "{http://purl.org/dc/elements/1.1/}title"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
SUBJECT = "{http://purl.org/dc/elements/1.1/}subject"
LINE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"
WORDLESS = {"unsorted", "special"}  # folders that say nothing about what is drawn
MAX_KEYWORDS = 6
MAX_BYTES = 4_000_000  # a few drawings are rendered at the size of a poster


def clipart(out: Path, cache: Path) -> int:
    """Write the DATASET folder; returns how many pictures. Raises NotFetched."""
    pngs, svgs = unpacked(PNG, cache) / SHARE / "png", unpacked(SVG, cache) / SHARE / "svg"
    media = fresh(out)
    pictures: dict[bytes, Picture] = {}  # by content: many a drawing lies in two folders
    for path in sorted(pngs.rglob("*.png"), key=lambda path: (-len(path.parts), path)):
        relative = path.relative_to(pngs)
        title, keywords = described((svgs / relative).with_suffix(".svg"))
        title = title or named(relative.stem)
        if title is None or path.stat().st_size > MAX_BYTES:
            continue
        same = hashlib.sha256(path.read_bytes()).digest()
        if same in pictures:
            continue
        target = media / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)  # with its time, which the features' cache goes by
        folders = [part.replace("_", " ") for part in reversed(relative.parent.parts) if part not in WORDLESS]
        pictures[same] = Picture(
            item_id=".".join(("clip", *relative.with_suffix("").parts)),
            title=title,
            image=str(Path("media") / relative),
            tags=tuple(dict.fromkeys([*folders, *keywords]))[:MAX_KEYWORDS],
        )
    return write(out, pictures.values(), ABOUT)


def described(svg: Path) -> tuple[str | None, list[str]]:
    """(title, keywords) as the drawing's metadata have them; (None, []) where it has none that can be read."""
    try:
        root = ElementTree.parse(svg).getroot()  # noqa: S314  a package of the distribution, its version pinned
    except (FileNotFoundError, ElementTree.ParseError):
        return None, []
    works = list(root.iter(WORK))  # the agents and the publisher have titles too: only the work's own are read
    creators = {_key(element.text) for work in works for who in work.iter(CREATOR) for element in who.iter(TITLE)}
    titles = [named(element.text) for work in works for element in work.findall(TITLE) if element.text]
    subjects = [part for work in works for part in work.iter(SUBJECT)]
    lines = [line.text.strip().lower() for part in subjects for line in part.iter(LINE) if line.text]
    keywords = [word for word in lines if word and word not in WORDLESS and _key(word) not in creators]
    title = next((title for title in titles if title is not None and _key(title) not in creators), None)
    return title, keywords


def _key(text: str | None) -> str:
    """To compare names by: letters only, without an address in brackets."""
    return re.sub(r"[^a-z]", "", re.sub(r"[\[(<].*", "", (text or "").lower()))


def named(raw: str) -> str | None:
    """A title in words: numbers, initials and file names' marks are left out; None when no word is left."""
    words = re.sub(r"[_\-.]+|\d+", " ", raw).split()
    kept = [word for word in words if len(word) > 1]
    return " ".join(kept) if any(len(word) > 2 for word in kept) else None

"""Tux Paint's stamps as a dataset: pictures, names in many languages, sounds; from Debian's tuxpaint-stamps-default.

Layout: `usr/share/tuxpaint/stamps/CATEGORY/…/NAME.txt` (the English name, then `xx.utf8=` lines), beside it `NAME.png`
or `.svg` and, for some, `NAME.ogg` (its sound; `NAME_desc*` are spoken names and are not used).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from streams.datasets.debian import fetch_package, unpack
from streams.datasets.folder import About
from streams.datasets.report import DatasetError, Progress, Report, silent
from streams.datasets.writing import DatasetWriter
from streams.events import Attribute, BehaviourEvent, ContentEvent

PACKAGE = "tuxpaint-stamps-default"
LICENCE = "GPL-2 (Bill Kendrick and the Tux Paint contributors)"
PUBLISHED_AT = 1_654_300_800.0  # 2022-06-04: the collection's release; stamps carry no date of their own
STAMPS = Path("usr/share/tuxpaint/stamps")
# The languages the multilingual text encoder knows, as the package spells them -> as the item's attribute says it.
NAMES = {
    code: f"name_{code}" for code in ("ar", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr")
}
STYLES = {"cartoon", "filled", "outlined", "lowercase", "uppercase", "plastic"}
NAMES |= {"zh_CN": "name_zh", "zh_TW": "name_zh_tw"}


def stamps_folder(cache: Path, package: Path | None = None, progress: Progress = silent) -> Path:
    """The folder that holds the stamps: of `package` (a folder or a .deb), else of the Debian package, fetched once.

    Raises DatasetError when there is none or it cannot be fetched.
    """
    if package is not None and package.is_dir():
        inside = package / STAMPS
        return inside if inside.is_dir() else package
    if package is not None and not package.is_file():
        raise DatasetError(f"{package}: no such file or folder; give the .deb of {PACKAGE} or a folder of its files")
    unpacked = cache / (PACKAGE if package is None else f"{PACKAGE}-given")
    if package is not None:
        unpack(package, unpacked, _wanted, progress)
    elif not (unpacked / STAMPS).is_dir():
        deb = fetch_package(PACKAGE, cache, progress)
        unpack(deb, unpacked, _wanted, progress)
        deb.unlink()
    if not (unpacked / STAMPS).is_dir():
        raise DatasetError(f"{package or PACKAGE} holds no {STAMPS}; is it the package {PACKAGE}?")
    return unpacked / STAMPS


def convert_stamps(
    stamps: Path,
    out: Path,
    *,
    copy_media: bool = False,
    simulate: Callable[[Sequence[ContentEvent]], Sequence[BehaviourEvent]] | None = None,
    progress: Progress = silent,
) -> Report:
    """Write the dataset from a folder of stamps; `simulate` makes behaviour for the items, which is labelled simulated.

    Raises DatasetError when there is no stamp. SVG pictures are not read: such a stamp keeps its name and sound.
    """
    paths = sorted(stamps.rglob("*.txt"))
    if not paths:
        raise DatasetError(f"{stamps} holds no stamp (NAME.txt beside a picture); give the folder or .deb of {PACKAGE}")
    writer, report = DatasetWriter(out, copy_media=copy_media), Report(simulated=simulate is not None)
    content = []
    for done, path in enumerate(paths, 1):
        relative = path.relative_to(stamps)
        event = _stamp(path, relative, report)
        if event is not None:
            content.append(_with_media(event, path, relative, writer, report))
        progress("stamps", done, len(paths))
    behaviour = simulate(content) if simulate else ()
    report.items, report.events = len(content), len(behaviour)
    report.users = len({event.user_id for event in behaviour})
    name = "Tux Paint stamps" + (" with simulated visitors" if report.simulated else "")
    about = About(name, f"Debian package {PACKAGE}", LICENCE, report.simulated, report.items, report.events)
    writer.write(content, behaviour, about)
    return report


def _stamp(path: Path, relative: Path, report: Report) -> ContentEvent | None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        report.refuse("a name that is not UTF-8", str(relative))
        return None
    title = lines[0].strip().removesuffix(".") if lines else ""
    if not title:
        report.refuse("no English name", str(relative))
        return None
    pairs = (line.partition(".utf8=") for line in lines[1:])
    names = {NAMES[code]: name.strip().rstrip(".。") for code, _, name in pairs if code in NAMES and name.strip()}
    attributes: dict[str, Attribute] = {**names}
    return ContentEvent(
        item_id=".".join(("stamp", *relative.with_suffix("").parts)),
        title=title,
        language="en",
        tags=_tags(relative),
        published_at=PUBLISHED_AT,
        attributes=attributes,
    )


def _tags(relative: Path) -> tuple[str, ...]:
    """The folders, most specific first, as a list's cap counts by first tag; how a thing is drawn comes last."""
    parts = [part.lstrip("0123456789").replace("_", " ").strip() for part in reversed(relative.parent.parts)]
    return tuple(sorted(dict.fromkeys(part for part in parts if part), key=STYLES.__contains__))


def _with_media(event: ContentEvent, path: Path, relative: Path, writer: DatasetWriter, report: Report) -> ContentEvent:
    def reference(*suffixes: str) -> str | None:
        for suffix in suffixes:
            file = path.with_suffix(suffix)
            if file.is_file() and file.stat().st_size > 0:
                return writer.add_media(file, str(relative.with_suffix(suffix)))
        return None

    image, audio = reference(".png"), reference(".ogg", ".wav")
    if image is None:
        why = "picture only as SVG, not read" if path.with_suffix(".svg").is_file() else "without picture"
        report.notes[why] += 1
    report.notes["with sound"] += audio is not None
    return msgspec.structs.replace(event, image=image, audio=audio)


def _wanted(member: str) -> bool:
    """What `unpack` takes of the package: names, pictures and sounds, without the 7,700 spoken names."""
    path = Path(member)
    media = path.suffix in {".txt", ".png", ".svg", ".ogg", ".wav"}
    return media and member.lstrip("./").startswith(str(STAMPS)) and "_desc" not in path.stem

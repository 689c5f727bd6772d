"""ESC-10 (Piczak 2015, "ESC: Dataset for Environmental Sound Classification"): sounds and the words for them.

Layout: `NNN - Label/FOLD-CLIP-TAKE.ogg`. There is no behaviour; ask for simulated visitors if you want some.
"""

from __future__ import annotations

import re
from pathlib import Path

from streams.datasets.folder import About
from streams.datasets.report import DatasetError, Progress, Report, silent
from streams.datasets.writing import DatasetWriter
from streams.events import ContentEvent

LICENCE = "CC BY 3.0, each clip by its own author (see the README of ESC-10)"
PUBLISHED_AT = 1_420_070_400.0  # 2015-01-01: the collection's year; clips carry no date of their own
_FOLDER = re.compile(r"^\d{3} - (.+)$")
_CLIP = re.compile(r"^(\d)-(\d+)-([A-Z])\.(ogg|wav)$")


def is_esc10(source: Path) -> bool:
    return source.is_dir() and any(_FOLDER.match(path.name) for path in source.iterdir() if path.is_dir())


def convert_esc10(source: Path, out: Path, *, copy_media: bool = False, progress: Progress = silent) -> Report:
    """Write the dataset. Raises DatasetError when `source` is no ESC-10 folder; odd files are counted as refused."""
    if not is_esc10(source):
        raise DatasetError(f"{source} holds no folder such as '001 - Dog bark'; give the folder of ESC-10")
    folders = sorted(path for path in source.iterdir() if path.is_dir() and _FOLDER.match(path.name))
    clips = [clip for folder in folders for clip in sorted(folder.iterdir())]
    writer, report, content = DatasetWriter(out, copy_media=copy_media), Report(), []
    for done, clip in enumerate(clips, 1):
        folder, name = _FOLDER.match(clip.parent.name), _CLIP.match(clip.name)
        if folder is None or name is None or clip.stat().st_size == 0:
            report.refuse("not a clip named FOLD-CLIP-TAKE.ogg, or empty", f"{clip.parent.name}/{clip.name}")
            continue
        fold, number, take, _ = name.groups()
        label = folder.group(1)
        content.append(
            ContentEvent(
                item_id=f"esc10-{fold}-{number}-{take}",
                title=f"{label} ({number}-{take})",
                text=f"The sound of: {label.lower()}",
                language="en",
                tags=(label.lower(),),
                audio=writer.add_media(clip, clip.name),
                published_at=PUBLISHED_AT,
                attributes={"fold": float(fold)},
            )
        )
        progress("clips", done, len(clips))
    if not content:
        raise DatasetError(f"{source} has no usable clip ({'; '.join(report.examples)})")
    report.items = len(content)
    writer.write(
        content, (), About("ESC-10 environmental sounds", "ESC-10 (K. J. Piczak)", LICENCE, items=report.items)
    )
    return report

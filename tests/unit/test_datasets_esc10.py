"""ESC-10's folders become sounds with words."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.datasets.esc10 import convert_esc10
from streams.datasets.folder import open_dataset
from streams.datasets.report import DatasetError


def test_a_clip_is_an_item_with_its_label_its_sound_and_its_fold(tmp_path: Path) -> None:
    folder = tmp_path / "esc/001 - Dog bark"
    folder.mkdir(parents=True)
    (folder / "3-155312-A.ogg").write_bytes(b"woof")
    (folder / "notes.txt").write_text("not a clip")
    (folder / "1-1-A.ogg").touch()
    report = convert_esc10(tmp_path / "esc", tmp_path / "out")
    (event,) = open_dataset(tmp_path / "out").content()
    assert event.item_id == "esc10-3-155312-A"
    assert event.tags == ("dog bark",)
    assert event.attributes == {"fold": 3.0}
    assert event.audio is not None
    assert Path(event.audio).read_bytes() == b"woof"
    assert sum(report.refused.values()) == 2


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="Dog bark"):
        convert_esc10(tmp_path, tmp_path / "out")


def test_a_folder_without_a_usable_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "esc/002 - Rain").mkdir(parents=True)
    with pytest.raises(DatasetError, match="no usable clip"):
        convert_esc10(tmp_path / "esc", tmp_path / "out")

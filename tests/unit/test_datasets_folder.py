"""Reading a dataset folder: lazily, with media made absolute, and refusing what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.datasets.folder import open_dataset
from streams.datasets.report import DatasetError


def test_media_paths_are_relative_to_the_folder_and_addresses_stay(tmp_path: Path) -> None:
    (tmp_path / "content.jsonl").write_text(
        '{"item_id":"a","image":"media/a.png","audio":"/sounds/a.ogg"}\n\n'
        '{"item_id":"b","image":"https://example.org/b.png","video":"data:video/mp4;base64,AA=="}\n'
    )
    first, second = open_dataset(tmp_path).content()
    assert (first.image, first.audio) == (str(tmp_path / "media/a.png"), "/sounds/a.ogg")
    assert (second.image, second.video) == ("https://example.org/b.png", "data:video/mp4;base64,AA==")


def test_a_dataset_of_content_alone_has_no_behaviour(tmp_path: Path) -> None:
    (tmp_path / "content.jsonl").write_text('{"item_id":"a"}\n')
    assert list(open_dataset(tmp_path).behaviour()) == []


def test_a_line_that_is_no_event_is_named(tmp_path: Path) -> None:
    (tmp_path / "content.jsonl").write_text('{"item_id":"a"}\n{"title":"no id"}\n')
    with pytest.raises(DatasetError, match=r"content\.jsonl, line 2: .*item_id"):
        list(open_dataset(tmp_path).content())


def test_a_folder_without_content_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="upwell convert"):
        open_dataset(tmp_path)


def test_a_broken_description_is_named(tmp_path: Path) -> None:
    (tmp_path / "content.jsonl").touch()
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(DatasetError, match=r"dataset\.json"):
        open_dataset(tmp_path)

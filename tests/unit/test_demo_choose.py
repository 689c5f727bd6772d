"""What the demo plays, and that nothing is fetched or converted twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.datasets.report import DatasetError
from streams.demo.choose import choose_dataset

SEEN: list[str] = []


def progress(what: str, _done: int, _total: int | None) -> None:
    SEEN.append(what)


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    folder = tmp_path / "esc/001 - Dog bark"
    folder.mkdir(parents=True)
    (folder / "1-1-A.ogg").write_bytes(b"woof")
    SEEN.clear()
    return tmp_path / "esc"


def test_a_dataset_is_played_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "content.jsonl").write_text('{"item_id":"a"}\n')
    dataset = choose_dataset(tmp_path, tmp_path / "home", progress)
    assert dataset.root == tmp_path
    assert not (tmp_path / "home").exists()


def test_raw_data_is_converted_once_and_kept(sounds: Path, tmp_path: Path) -> None:
    first = choose_dataset(sounds, tmp_path / "home", progress)
    assert [event.item_id for event in first.content()] == ["esc10-1-1-A"]
    assert SEEN
    SEEN.clear()
    assert choose_dataset(sounds, tmp_path / "home", progress) == first
    assert not SEEN


def test_changed_data_is_converted_again(sounds: Path, tmp_path: Path) -> None:
    first = choose_dataset(sounds, tmp_path / "home", progress)
    (sounds / "002 - Rain").mkdir()
    (sounds / "002 - Rain/1-2-A.ogg").write_bytes(b"drip")
    second = choose_dataset(sounds, tmp_path / "home", progress)
    assert second.root != first.root
    assert len(list(second.content())) == 2


def test_stamps_are_played_when_nothing_is_named(tmp_path: Path) -> None:
    stamps = tmp_path / "packages/tuxpaint-stamps-default/usr/share/tuxpaint/stamps/food"
    stamps.mkdir(parents=True)
    (stamps / "apple.txt").write_text("An apple.\n")
    dataset = choose_dataset(None, tmp_path, progress)
    assert [event.title for event in dataset.content()] == ["An apple"]
    assert not dataset.has_behaviour


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_anything_else_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError) as refused:
        choose_dataset(tmp_path / name, tmp_path / "home", progress)
    assert "\n" not in str(refused.value)

"""Stamps become items; the package is a real Debian package, made here by dpkg-deb."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from streams.datasets.folder import open_dataset
from streams.datasets.report import DatasetError
from streams.datasets.stamps import PACKAGE, PUBLISHED_AT, STAMPS, convert_stamps, stamps_folder
from streams.demo.visitors import PREFIX, Shown, simulate
from streams.events import BehaviourEvent, ContentEvent


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The tree of a package with three stamps."""
    root = tmp_path / "tree"
    birds, cartoon = root / STAMPS / "animals/birds", root / STAMPS / "food/00_sea_food/cartoon"
    birds.mkdir(parents=True)
    cartoon.mkdir(parents=True)
    (birds / "crow.txt").write_text("A crow.\nde.utf8=Eine Krähe.\nzh_CN.utf8=乌鸦。\nzh_TW.utf8=烏鴉\nach.utf8=Agak\n")
    (birds / "crow.png").write_bytes(b"picture")
    (birds / "crow.ogg").write_bytes(b"caw")
    (birds / "crow_desc_de.ogg").write_bytes(b"spoken")
    (cartoon / "crab.txt").write_text("A crab!\n")
    (cartoon / "crab.svg").write_text("<svg/>")
    (cartoon / "nameless.txt").write_text("\n")
    return root


@pytest.fixture
def package(files: Path, tmp_path: Path) -> Path:
    (files / "DEBIAN").mkdir()
    (files / "DEBIAN/control").write_text(
        f"Package: {PACKAGE}\nVersion: 1\nArchitecture: all\n"
        "Maintainer: a test <test@example.org>\nDescription: stamps\n"
    )
    deb = tmp_path / "stamps.deb"
    subprocess.run(["dpkg-deb", "--build", str(files), str(deb)], check=True, capture_output=True)
    return deb


def read(out: Path) -> tuple[ContentEvent, ContentEvent]:
    crow, crab = open_dataset(out).content()
    return crow, crab


def test_a_stamp_has_its_name_in_many_languages_its_folders_as_tags_and_its_media(files: Path, tmp_path: Path) -> None:
    report = convert_stamps(files / STAMPS, tmp_path / "out")
    crow, crab = read(tmp_path / "out")
    assert crow.item_id == "stamp.animals.birds.crow"
    assert crow.title == "A crow"
    assert crow.tags == ("birds", "animals")
    assert crow.attributes == {"name_de": "Eine Krähe", "name_zh": "乌鸦", "name_zh_tw": "烏鴉"}
    assert crow.image is not None
    assert crow.audio is not None
    assert (Path(crow.image).read_bytes(), Path(crow.audio).read_bytes()) == (b"picture", b"caw")
    assert crab.tags == ("sea food", "food", "cartoon")
    assert crab.image is None
    assert report.notes["picture only as SVG, not read"] == 1
    assert report.refused == {"no English name": 1}


def test_without_visitors_there_is_no_behaviour(files: Path, tmp_path: Path) -> None:
    convert_stamps(files / STAMPS, tmp_path / "out")
    dataset = open_dataset(tmp_path / "out")
    assert not dataset.has_behaviour
    assert not dataset.about.simulated


def test_simulated_behaviour_says_so_in_the_events_the_description_and_the_readme(files: Path, tmp_path: Path) -> None:
    def visits(items: list[ContentEvent]) -> list[BehaviourEvent]:
        shown = [Shown(item.item_id, item.tags) for item in items]
        return simulate(shown, visitors=2, events=2, seed=1, start=PUBLISHED_AT)

    report = convert_stamps(files / STAMPS, tmp_path / "out", simulate=visits)  # type: ignore[arg-type]  # a list is what it is given
    dataset = open_dataset(tmp_path / "out")
    events = list(dataset.behaviour())
    assert len(events) == report.events == 2
    assert all(event.user_id.startswith(PREFIX) and event.context == {"simulated": True} for event in events)
    assert dataset.about.simulated
    assert "SIMULATED" in (tmp_path / "out/README.txt").read_text()


def test_a_package_is_unpacked_without_root_and_without_the_spoken_names(package: Path, tmp_path: Path) -> None:
    folder = stamps_folder(tmp_path / "cache", package)
    names = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert names == ["crab.svg", "crab.txt", "crow.ogg", "crow.png", "crow.txt", "nameless.txt"]


def test_unpacked_stamps_are_used_without_fetching_them_again(files: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    files.rename(tmp_path / "cache" / PACKAGE)
    assert stamps_folder(tmp_path / "cache") == tmp_path / "cache" / PACKAGE / STAMPS


def test_a_folder_of_the_package_s_files_may_be_given(files: Path, tmp_path: Path) -> None:
    assert stamps_folder(tmp_path, files) == files / STAMPS
    assert stamps_folder(tmp_path, files / STAMPS) == files / STAMPS


def test_a_broken_package_is_refused_and_leaves_nothing(package: Path, tmp_path: Path) -> None:
    package.write_bytes(package.read_bytes()[:-200])
    with pytest.raises(DatasetError, match="no whole Debian package"):
        stamps_folder(tmp_path / "cache", package)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_package_of_something_else_is_refused(tmp_path: Path, files: Path) -> None:
    with pytest.raises(DatasetError, match="holds no stamp"):
        convert_stamps(files / "usr/share/nothing", tmp_path / "out")
    with pytest.raises(DatasetError, match="no such file"):
        stamps_folder(tmp_path, tmp_path / "missing.deb")

"""MovieLens's files become events: one film, one item; one rating, one act; what is broken is counted, not used."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.datasets.folder import open_dataset
from streams.datasets.movielens import LEAD_S, convert_movielens, readable_title
from streams.datasets.report import DatasetError
from streams.events import Action


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "ml"
    (folder / "posters").mkdir(parents=True)
    (folder / "posters/2.jpg").write_bytes(b"a poster")
    (folder / "movies.csv").write_text(
        "movieId,title,genres\n"
        '1,"Late Film, The (2001)",Comedy|Drama\n'
        "2,Early Film (1999),(no genres listed)\n"
        "3,Unrated Film (2000),War\n",
        encoding="utf-8",
    )
    (folder / "plots.csv").write_text(
        'movieId,plot,director,actors\n1,"A plot, told.",A Director,"One, Two"\n2,N/A,,\n', encoding="utf-8"
    )
    (folder / "ratings.csv").write_text(
        "userId,movieId,rating,timestamp\n7,1,4.5,1000100\n8,2,0.5,1000000\n7,2,3.0,1000200\n", encoding="utf-8"
    )
    return folder


def test_films_come_in_the_order_of_their_first_rating_and_just_before_it(source: Path, tmp_path: Path) -> None:
    convert_movielens(source, tmp_path / "out")
    content = list(open_dataset(tmp_path / "out").content())
    assert [(event.item_id, event.published_at) for event in content] == [
        ("film-2", 1_000_000 - LEAD_S),
        ("film-1", 1_000_100 - LEAD_S),
        ("film-3", 1_000_200 - LEAD_S),
    ]


def test_a_film_carries_its_plot_genres_director_actors_year_and_poster(source: Path, tmp_path: Path) -> None:
    convert_movielens(source, tmp_path / "out")
    early, late, _ = open_dataset(tmp_path / "out").content()
    assert late.title == "The Late Film (2001)"
    assert late.text == "A plot, told."
    assert late.tags == ("Comedy", "Drama")
    assert late.creator == "A Director"
    assert late.attributes == {"year": 2001.0, "actors": "One, Two"}
    assert late.image is None
    assert early.tags == ()
    assert early.text is None
    assert early.image == str(tmp_path / "out/media/2.jpg")
    assert Path(early.image).read_bytes() == b"a poster"


def test_ratings_become_rating_events_in_time_order_with_ids_that_do_not_change(source: Path, tmp_path: Path) -> None:
    for out in ("once", "again"):
        convert_movielens(source, tmp_path / out)
    once, again = (list(open_dataset(tmp_path / out).behaviour()) for out in ("once", "again"))
    assert once == again
    assert [event.occurred_at for event in once] == [1_000_000, 1_000_100, 1_000_200]
    assert [(event.user_id, event.item_id, event.value) for event in once][1] == ("user-7", "film-1", 4.5)
    assert {event.action for event in once} == {Action.RATING}
    assert len({event.event_id for event in once}) == 3


@pytest.mark.parametrize(
    "row", ["7,1,five,1000300", "7,1,4.0,", "7,99,4.0,1000300", ",1,4.0,1000300", "7,1,6,1000300", "7,1,nan,1000300"]
)
def test_a_rating_that_cannot_be_used_is_refused_with_its_line(source: Path, tmp_path: Path, row: str) -> None:
    with (source / "ratings.csv").open("a") as file:
        file.write(row + "\n")
    report = convert_movielens(source, tmp_path / "out")
    assert report.events == 3
    assert sum(report.refused.values()) == 1
    assert "ratings.csv line 5" in report.examples[0]


def test_a_copied_dataset_does_not_share_its_media_with_the_source(source: Path, tmp_path: Path) -> None:
    convert_movielens(source, tmp_path / "out", copy_media=True)
    (source / "posters/2.jpg").write_bytes(b"changed in place")
    assert (tmp_path / "out/media/2.jpg").read_bytes() == b"a poster"


def test_converting_again_replaces_the_older_dataset(source: Path, tmp_path: Path) -> None:
    convert_movielens(source, tmp_path / "out")
    (source / "posters/2.jpg").unlink()
    report = convert_movielens(source, tmp_path / "out")
    assert report.notes["without picture"] == 3
    assert not (tmp_path / "out/media/2.jpg").exists()


def test_a_folder_with_other_files_in_it_is_left_alone(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/precious").write_text("mine")
    with pytest.raises(DatasetError, match="is not empty"):
        convert_movielens(source, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["precious"]


def test_a_folder_that_is_no_movielens_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds no movies\.csv"):
        convert_movielens(tmp_path, tmp_path / "out")


def test_files_with_other_columns_are_refused_by_the_missing_column(source: Path, tmp_path: Path) -> None:
    (source / "movies.csv").write_text("id,name\n1,Film\n")
    with pytest.raises(DatasetError, match="no column movieId, title, genres"):
        convert_movielens(source, tmp_path / "out")


def test_bytes_that_are_no_text_are_refused(source: Path, tmp_path: Path) -> None:
    (source / "ratings.csv").write_bytes(b"userId,movieId,rating,timestamp\n\xff\xfe\x00")
    with pytest.raises(DatasetError, match="cannot be read as CSV"):
        convert_movielens(source, tmp_path / "out")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("American President, The (1995)", "The American President (1995)"),
        ("Avventura, L' (1960)", "L'Avventura (1960)"),
        ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly"),
        ("Seven (a.k.a. Se7en) (1995)", "Seven (a.k.a. Se7en) (1995)"),
        ("2001", "2001"),
    ],
)
def test_titles_are_written_as_people_write_them(written: str, read: str) -> None:
    assert readable_title(written) == read

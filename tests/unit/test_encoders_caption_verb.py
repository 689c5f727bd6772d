"""`python -m encoders caption` as a user types it."""

import json
from pathlib import Path

import numpy as np
import pytest
from kit.tiny_captioners import WORDS, blip, llama, whisper
from typer.testing import CliRunner, Result

from encoders.__main__ import app
from encoders.captions.words import LANGUAGES
from encoders.samples import picture, tone, wav


@pytest.fixture
def fox(tmp_path: Path) -> str:
    (tmp_path / "fox.png").write_bytes(picture())
    return str(tmp_path / "fox.png")


@pytest.fixture
def song(tmp_path: Path) -> str:
    (tmp_path / "song.wav").write_bytes(wav(tone()))
    return str(tmp_path / "song.wav")


def caption(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["caption", *arguments])


def test_a_picture_and_a_sound_are_said_in_every_language_the_surest_first(fox: str, song: str) -> None:
    done = caption("--image", fox, "--audio", song)
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["captioner"] == "labels"
    assert told["problems"] == []
    for medium in ("image", "audio"):
        captions = told["captions"][medium]
        assert {one["language"] for one in captions} == set(LANGUAGES)
        assert [one["weight"] for one in captions] == sorted((one["weight"] for one in captions), reverse=True)
        assert all(one["text"] in told["text"] for one in captions)


def test_only_the_languages_asked_for_are_spoken(song: str) -> None:
    told = json.loads(caption("--audio", song, "--language", "zh", "--language", "de").stdout)
    assert {one["language"] for one in told["captions"]["audio"]} == {"zh", "de"}


def test_models_in_a_folder_caption_what_they_were_made_for(tmp_path: Path, fox: str, song: str) -> None:
    seeing, hearing = str(blip(tmp_path / "blip")), str(whisper(tmp_path / "whisper"))
    seen = json.loads(caption("--image", fox, "--captioner", seeing, "--language", "es").stdout)
    assert seen["captioner"] == seeing
    assert seen["text"]
    assert set(seen["text"].split()) <= set(WORDS)
    assert {one["language"] for one in seen["captions"]["image"]} == {"es"}
    heard = json.loads(caption("--audio", song, "--captioner", hearing).stdout)
    assert set(heard["text"].split()) <= set(WORDS)
    wrong = caption("--audio", song, "--captioner", seeing)
    assert wrong.exit_code == 1
    assert wrong.stderr.startswith("error: ")
    assert seeing in wrong.stderr
    assert wrong.stderr.count("\n") == 1


def test_a_language_model_makes_one_sentence_of_the_words(tmp_path: Path, song: str) -> None:
    folder = str(llama(tmp_path / "llama"))
    told = json.loads(caption("--audio", song, "--language", "en", "--rewriter", folder).stdout)
    assert len(told["captions"]["audio"]) == 1
    assert set(told["text"].split()) <= set(WORDS)


@pytest.mark.parametrize(
    ("option", "data", "problem"),
    [
        ("--image", picture()[:300], "image:truncated"),
        ("--image", b"<svg/>", "image:unsupported"),
        ("--audio", b"no sound", "audio:unreadable"),
        ("--audio", wav(np.zeros(0, np.float32)), "audio:empty"),
    ],
)
def test_of_a_bad_medium_nothing_is_said_and_the_problem_named(
    tmp_path: Path, option: str, data: bytes, problem: str
) -> None:
    (tmp_path / "file").write_bytes(data)
    done = caption(option, str(tmp_path / "file"))
    told = json.loads(done.stdout)
    assert done.exit_code == 2
    assert told["problems"] == [problem]
    assert not told["text"]


def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path, fox: str, song: str) -> None:
    for arguments, word in (
        (["--image", str(tmp_path / "none.png")], "none.png"),
        (["--image", fox, "--language", "tlh"], "tlh"),
        (["--image", fox, "--captioner", str(tmp_path / "nothing")], "nothing"),
        (["--audio", song, "--rewriter", str(tmp_path / "nobody")], "nobody"),
        (["--image", fox, "--repository", str(tmp_path)], "encoders export"),
    ):
        done = caption(*arguments)
        assert done.exit_code == 1
        assert done.stderr.startswith("error: ")
        assert word in done.stderr
        assert done.stderr.count("\n") == 1


def test_without_a_medium_the_usage_is_told() -> None:
    done = caption()
    assert done.exit_code == 2
    assert "--image" in done.stderr

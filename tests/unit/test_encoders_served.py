"""Encoder versions in a model repository: their numbers, the ensembles that serve them, and which is the default."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from stand_in_aligner import StandInAligner

from encoders import runtime
from encoders.export import complete, export_aligner
from encoders.layout import MODEL_REPOSITORY, NotExported, model_folder
from encoders.pipeline import Pipeline
from encoders.served import aligner_folder, default_number, served_versions, write_ensemble

VERSION = "standin-0badcafe"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """What is committed, and manifests as if everything were exported."""
    complete(tmp_path)
    for number, version in ((1, "bridge-00000001"), (2, "aligned-00000002"), (10, "aligned-0000000a")):
        hold(tmp_path, number, version)
    return tmp_path


def hold(repository: Path, number: int, version: str, **more: object) -> None:
    folder = model_folder(repository, "aligner", number)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / runtime.MANIFEST).write_text(json.dumps({"version": version, "files": {}, **more}))


def test_every_version_has_an_ensemble_named_by_its_number_in_the_order_of_export(repository: Path) -> None:
    assert list(served_versions(repository).items()) == [
        ("bridge-00000001", "item_encoder_1"),
        ("aligned-00000002", "item_encoder_2"),
        ("aligned-0000000a", "item_encoder_10"),
    ]


def test_nothing_is_served_from_an_empty_folder(tmp_path: Path) -> None:
    assert served_versions(tmp_path) == {}
    with pytest.raises(NotExported, match="python -m encoders export"):
        aligner_folder(tmp_path)


def test_a_version_that_is_not_there_is_named(repository: Path) -> None:
    with pytest.raises(NotExported, match="aligned-ffffffff"):
        aligner_folder(repository, "aligned-ffffffff")


def test_the_default_is_the_number_in_the_plain_ensemble(repository: Path) -> None:
    assert aligner_folder(repository).name == str(default_number(repository))
    config = repository / "item_encoder" / "config.pbtxt"
    text = re.sub(r'(model_name: "aligner"\s+model_version: )\d+', r"\g<1>10", config.read_text())
    config.write_text(text)
    assert aligner_folder(repository).name == "10"


def test_an_ensemble_names_its_version_and_the_models_that_make_it(repository: Path) -> None:
    hold(repository, 3, "bridge_int8-00000003", towers={"text_encoder": 2, "image_encoder": 2})
    text = (write_ensemble(repository, 3) / "config.pbtxt").read_text()
    assert 'name: "item_encoder_3"' in text
    assert 'key: "encoder_version" value: { string_value: "bridge_int8-00000003" }' in text
    numbers = dict(re.findall(r'model_name: "(\w+)"\s+model_version: (-?\d+)', text))
    assert numbers == {"text_encoder": "2", "image_encoder": "2", "audio_encoder": "1", "aligner": "3"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the bridge alone, and the stand-in exported into it."""
    copy = tmp_path_factory.mktemp("whole") / "models"
    shutil.copytree(MODEL_REPOSITORY, copy, ignore=shutil.ignore_patterns("item_encoder_*", "[2-9]", "__pycache__"))
    assert export_aligner(StandInAligner(), VERSION, copy) == 2
    return copy


def test_an_export_beside_the_bridge_takes_the_next_number_and_leaves_the_bridge_alone(whole: Path) -> None:
    bridge = model_folder(whole, "aligner") / "aligner.onnx"
    assert bridge.read_bytes() == (model_folder(MODEL_REPOSITORY, "aligner") / "aligner.onnx").read_bytes()
    assert served_versions(whole)[VERSION] == "item_encoder_2"
    assert (whole / "item_encoder_2" / "config.pbtxt").exists()
    assert (model_folder(whole, "aligner", 2) / "model.py").exists()
    assert (model_folder(whole, "aligner", 2) / "runtime.py").exists()


def test_an_exported_graph_tells_nothing_of_the_machine_that_made_it(whole: Path) -> None:
    graph = (model_folder(whole, "aligner", 2) / "aligner.onnx").read_bytes()
    assert str(Path(__file__).parent.parent).encode() not in graph
    assert b"StandInAligner" not in graph


def test_the_same_version_again_is_not_written_again(whole: Path) -> None:
    said: list[str] = []
    assert export_aligner(StandInAligner(), VERSION, whole, say=said.append) == 2
    assert said == [f"{VERSION} is up to date in {whole}"]


def test_the_pipeline_picks_by_version(whole: Path) -> None:
    from streams.ports.item_encoder import MediaItem

    words = [MediaItem("x", text="words")]
    standin, bridge = Pipeline(whole, version=VERSION), Pipeline(whole)
    assert (standin.version, bridge.version[:7]) == (VERSION, "bridge-")
    one, other = standin.encode(words)[0].vector, bridge.encode(words)[0].vector
    assert one is not None
    assert other is not None
    assert not np.allclose(one, other, atol=0.01)

"""The bridge into one space, and how modalities become one vector."""

import numpy as np
import pytest
import torch

from encoders.aligner import BridgeAligner
from encoders.bridge import WEIGHTS, Bridge, build_bridge, principal_axes
from encoders.spec import Floats, Modality

LABELS, TAGS, WIDTH, SPACE = 1000, 50, 512, 256


@pytest.fixture(scope="module")
def bridge() -> Bridge:
    rng = np.random.default_rng(3)
    words = {f"word {n}": rng.standard_normal(WIDTH).astype(np.float32) + 1.0 for n in range(LABELS + TAGS)}
    names = list(words)
    return build_bridge(lambda texts: np.stack([words[text] for text in texts]), names[:LABELS], names[LABELS:])


def align(bridge: Bridge, **given: Floats) -> tuple[Floats, Floats]:
    """One item; what is not given is absent."""
    inputs: dict[str, Floats] = {
        "text": np.zeros((1, WIDTH), np.float32),
        "classes": np.zeros((1, 1, LABELS), np.float32),
        "picture_modality": np.zeros((1, 1), np.float32),
        "tags": np.zeros((1, 1, TAGS), np.float32),
        "sound_modality": np.zeros((1, 1), np.float32),
    }
    with torch.inference_mode():
        vector, parts = BridgeAligner(bridge)(*(torch.from_numpy(value) for value in (inputs | given).values()))
    return vector.numpy()[0], parts.numpy()[0]


def one_hot(width: int, *certain: int) -> Floats:
    out = np.zeros((1, len(certain), width), np.float32)
    for slot, index in enumerate(certain):
        out[0, slot, index] = 1.0
    return out


def slots(*modalities: Modality) -> Floats:
    return np.array([[int(modality) for modality in modalities]], np.float32)


def unit(vector: Floats) -> Floats:
    return vector / np.linalg.norm(vector)


def test_a_picture_that_is_certainly_something_lies_where_its_label_lies(bridge: Bridge) -> None:
    vector, _ = align(bridge, classes=one_hot(LABELS, 7), picture_modality=slots(Modality.IMAGE))
    np.testing.assert_allclose(vector, unit(bridge.labels[7]), atol=1e-5)


def test_a_text_lies_at_its_own_projection(bridge: Bridge) -> None:
    text = np.random.default_rng(1).standard_normal((1, WIDTH)).astype(np.float32)
    vector, _ = align(bridge, text=text)
    np.testing.assert_allclose(vector, unit((text[0] - bridge.centre) @ bridge.projection), atol=1e-5)


def test_a_picture_in_doubt_lies_between_its_labels(bridge: Bridge) -> None:
    classes = np.zeros((1, 1, LABELS), np.float32)
    classes[0, 0, [3, 4]] = 0.5
    vector, _ = align(bridge, classes=classes, picture_modality=slots(Modality.IMAGE))
    assert vector @ unit(bridge.labels[3]) == pytest.approx(float(vector @ unit(bridge.labels[4])), abs=0.1)
    assert vector @ unit(bridge.labels[3]) > 0.5


def test_modalities_are_averaged_by_their_weights(bridge: Bridge) -> None:
    text = (bridge.projection @ unit(bridge.labels[1]) + bridge.centre)[None]
    vector, parts = align(bridge, text=text, classes=one_hot(LABELS, 2), picture_modality=slots(Modality.IMAGE))
    expected = WEIGHTS[Modality.TEXT] * parts[0] + WEIGHTS[Modality.IMAGE] * parts[1]
    np.testing.assert_allclose(vector, unit(expected), atol=1e-5)
    assert not parts[2:].any()


def test_frames_and_track_of_a_video_make_one_part_of_their_own(bridge: Bridge) -> None:
    _, parts = align(
        bridge,
        classes=one_hot(LABELS, 5, 6, 6),
        picture_modality=slots(Modality.IMAGE, Modality.VIDEO, Modality.VIDEO),
        tags=one_hot(TAGS, 9),
        sound_modality=slots(Modality.VIDEO),
    )
    np.testing.assert_allclose(parts[1], unit(bridge.labels[5]), atol=1e-5)
    assert not parts[2].any(), "the track belongs to the video, not to an audio file"
    assert parts[3] @ unit(bridge.labels[6]) > 0.9
    assert parts[3] @ unit(bridge.tags[9]) > 0.1


def test_a_slot_without_modality_changes_nothing(bridge: Bridge) -> None:
    alone, _ = align(bridge, classes=one_hot(LABELS, 5), picture_modality=slots(Modality.IMAGE))
    padded, _ = align(
        bridge, classes=one_hot(LABELS, 5, 8), picture_modality=np.array([[int(Modality.IMAGE), 0]], np.float32)
    )
    np.testing.assert_allclose(alone, padded, atol=1e-6)


def test_principal_axes_are_orthonormal_and_their_signs_settled() -> None:
    points = np.random.default_rng(0).standard_normal((400, 32)).astype(np.float32)
    axes = principal_axes(points - points.mean(axis=0), 8)
    np.testing.assert_allclose(axes.T @ axes, np.eye(8), atol=1e-5)
    largest = np.abs(axes).argmax(axis=0)
    assert (axes[largest, np.arange(8)] > 0).all()

"""Zero-shot classification and neighbours of the same label."""

import numpy as np
import pytest

from encoders.measuring.labels import classes_of, neighbours_share_labels, zero_shot


def test_classes_are_the_labels_that_are_frequent_enough() -> None:
    assert classes_of(["dog"] * 5 + ["cat"] * 7 + ["yak"] * 4 + [""] * 9) == ["cat", "dog"]


def test_zero_shot_counts_every_class_and_says_what_was_taken_for_what() -> None:
    prompts = np.eye(3, dtype=np.float32)
    vectors = prompts[[0, 0, 0, 1, 1, 0]]  # the last one is of class 1 and looks like class 0
    told = zero_shot(vectors, prompts, np.array([0, 0, 0, 1, 1, 1]), ["a", "b", "c"])
    assert told["accuracy"] == pytest.approx(5 / 6)
    assert told["confusion"] == [[3, 0, 0], [1, 2, 0], [0, 0, 0]]
    assert told["classes"] == 2
    assert told["recall"] == pytest.approx((1 + 2 / 3) / 2)
    assert told["precision"] == pytest.approx((3 / 4 + 1) / 2)
    per_class = told["per_class"]
    assert isinstance(per_class, dict)
    assert list(per_class) == ["a", "b"]  # c does not occur: it has no recall
    assert per_class["b"]["f1"] == pytest.approx(0.8)


def test_neighbours_of_two_clusters_share_their_label_and_nothing_counts_itself() -> None:
    labels = ["a"] * 15 + ["b"] * 15
    vectors = np.eye(2, dtype=np.float32)[[0] * 15 + [1] * 15]
    told = neighbours_share_labels(vectors @ vectors.T, labels)
    assert told is not None
    assert told["precision@10"] == 1.0
    apart = neighbours_share_labels(-(vectors @ vectors.T), labels)
    assert apart is not None
    assert apart["precision@10"] == 0.0


def test_a_small_label_can_reach_one() -> None:
    labels = ["a"] * 4 + ["b"] * 20
    vectors = np.eye(2, dtype=np.float32)[[0] * 4 + [1] * 20]
    told = neighbours_share_labels(vectors @ vectors.T, labels, asking=np.arange(24) < 4)
    assert told is not None
    assert (told["precision@10"], told["n"]) == (1.0, 4)


def test_a_space_that_knows_nothing_gains_nothing_from_a_file_sorted_by_label() -> None:
    labels = ["a"] * 20 + ["b"] * 20 + ["c"] * 20 + ["d"] * 20
    told = neighbours_share_labels(np.zeros((80, 80), np.float32), labels)
    assert told is not None
    assert told["precision@10"] == pytest.approx(0.25, abs=0.1)


def test_labels_that_occur_once_tell_nothing() -> None:
    assert neighbours_share_labels(np.eye(12, dtype=np.float32), [str(number) for number in range(12)]) is None

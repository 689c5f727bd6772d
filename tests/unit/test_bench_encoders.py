"""The encoders' bench: what it counts, and that its contestants do the same work."""

import numpy as np
import pytest

from bench.encoders import Tally, _share
from bench.encoders_items import batches_of, media_items
from bench.encoders_torch import TorchEncoder
from encoders.pipeline import Pipeline
from encoders.served import served_versions


def test_plain_torch_gives_the_vectors_that_are_served_and_counts_its_operations() -> None:
    (batch,) = batches_of(media_items(3), 3)
    encoder = TorchEncoder()
    bridge = next(version for version in served_versions() if version.startswith("bridge-"))
    np.testing.assert_allclose(encoder.run(batch), Pipeline(version=bridge).run(batch)[0], atol=1e-3)
    # A picture takes EfficientNet-lite0 407 million multiply-adds (its makers' table), a text about a tenth of that.
    assert 2 * 0.38e9 < encoder.flops(batch) < 2 * 0.50e9


def test_batches_have_exactly_the_size_asked_for_and_hold_text_and_picture() -> None:
    batches = batches_of(media_items(7), 3)
    assert [len(batch.rows) for batch in batches] == [3, 3]
    assert all((batch.tokens[:, 0] >= 0).all() and (batch.picture_modality == 2).all() for batch in batches)


def test_a_tally_says_items_a_second_delays_and_the_share_of_the_peak() -> None:
    tally = Tally(items=40, wall_s=2.0, cpu_s=1.0, calls_ms=[10.0] * 99 + [110.0])
    assert tally.report(0.01) == {
        "items_per_s": 20.0,
        "p50_ms": 10.0,
        "p99_ms": pytest.approx(11.0, abs=0.1),
        "cpu_ms_per_item": 25.0,
        "mfu": 0.2,
    }
    assert tally.report(None)["mfu"] is None


def test_shares_compare_equal_batch_sizes() -> None:
    tallies = {"a": {1: Tally(10, 1.0), 8: Tally(40, 1.0)}, "b": {1: Tally(20, 1.0), 8: Tally(20, 2.0)}}
    assert _share(tallies, "a", "b") == {"1": 0.5, "8": 4.0}

"""The encoder version must change whenever the vectors do."""

import numpy as np
import pytest

from encoders import recipe
from encoders.pipeline import Pipeline
from encoders.samples import picture, tone, wav
from streams.ports.item_encoder import MediaItem

# The first six numbers of each probe's vector under revision 2. Should this test fail, the vectors have moved: raise
# `revision` in encoders/recipe.py, so that streams encode their items anew, and record the new numbers.
REVISION = 2
PROBES = {
    "text": MediaItem("text", text="a red fox in the snow"),
    "picture": MediaItem("picture", image=picture("PNG")),
    "sound": MediaItem("sound", audio=wav(tone())),
}
RECORDED = {
    "text": [-0.3479, -0.0502, 0.0862, -0.0496, 0.1194, -0.0261],
    "picture": [0.3605, -0.2627, -0.0315, 0.0048, 0.0099, 0.4403],
    "sound": [0.1227, -0.0422, -0.0355, -0.0274, 0.1099, -0.019],
}


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_keeps_its_vector_while_the_revision_stays(name: str) -> None:
    assert recipe.RECIPE["revision"] == REVISION
    vector = Pipeline().encode([PROBES[name]])[0].vector
    assert vector is not None
    np.testing.assert_allclose(vector[:6], RECORDED[name], atol=2e-3)

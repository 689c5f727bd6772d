"""Serves the aligner; the work is done by runtime.py, which `python -m encoders export` puts beside this file."""

import sys
from pathlib import Path

import numpy as np
import triton_python_backend_utils as pb_utils

sys.path.insert(0, str(Path(__file__).parent))
import runtime  # found beside this file


class TritonPythonModel:
    """TEXT float32[n, 512]; CLASSES float32[n, k, 1000], PICTURE float32[n, k, 1280], PICTURE_MODALITY int32[n, k];
    TAGS float32[n, p, 50], SOUND float32[n, p, 200], SOUND_MODALITY int32[n, p]; QUALITY float32[n, 4]
    to VECTOR float32[n, 256], PARTS float32[n, 4, 256], VERSION string[n, 1].
    """

    def initialize(self, args):
        device = "gpu" if args["model_instance_kind"] == "GPU" else "cpu"
        folder = Path(__file__).parent
        self._model = runtime.Aligner(folder, device)
        self._version = runtime.version(folder).encode()

    def execute(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        features = {name: _array(request, name.upper()) for name in runtime.ALIGNER_INPUTS}
        vector, parts = self._model.run(features)
        version = np.full((len(vector), 1), self._version, dtype=object)
        named = {"VECTOR": vector, "PARTS": parts, "VERSION": version}
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, value) for name, value in named.items()])


def _array(request, name):
    return pb_utils.get_input_tensor_by_name(request, name).as_numpy()

"""Serves the text encoder; the work is done by runtime.py, which `python -m encoders export` puts beside this file."""

import sys
from pathlib import Path

import numpy as np
import triton_python_backend_utils as pb_utils

sys.path.insert(0, str(Path(__file__).parent))
import runtime  # found beside this file


class TritonPythonModel:
    """TOKENS int32[n, l] to TEXT float32[n, 512]."""

    def initialize(self, args):
        device = "gpu" if args["model_instance_kind"] == "GPU" else "cpu"
        self._model = runtime.TextModel(Path(__file__).parent, device)

    def execute(self, requests):
        batches = [_array(request, "TOKENS") for request in requests]
        vectors = self._model.run([tokens for batch in batches for tokens in batch])
        ends = np.cumsum([len(batch) for batch in batches])[:-1]
        return [
            pb_utils.InferenceResponse([pb_utils.Tensor("TEXT", np.ascontiguousarray(part))])
            for part in np.split(vectors, ends)
        ]


def _array(request, name):
    return pb_utils.get_input_tensor_by_name(request, name).as_numpy()

"""Serves the audio encoder; the work is done by runtime.py, which `python -m encoders export` puts beside this file."""

import sys
from pathlib import Path

import triton_python_backend_utils as pb_utils

sys.path.insert(0, str(Path(__file__).parent))
import runtime  # found beside this file


class TritonPythonModel:
    """SOUNDS float32[n, p, 187, 96] and SOUND_MODALITY int32[n, p] to TAGS float32[n, p, 50]."""

    def initialize(self, args):
        device = "gpu" if args["model_instance_kind"] == "GPU" else "cpu"
        self._model = runtime.sound_model(Path(__file__).parent, device)

    def execute(self, requests):
        pairs = [(_array(request, "SOUNDS"), _array(request, "SOUND_MODALITY")) for request in requests]
        return [pb_utils.InferenceResponse([pb_utils.Tensor("TAGS", out)]) for out in self._model.run_many(pairs)]


def _array(request, name):
    return pb_utils.get_input_tensor_by_name(request, name).as_numpy()

"""Serves the audio encoder; the work is done by runtime.py, which `python -m encoders export` puts beside this file."""

import sys
from pathlib import Path

import triton_python_backend_utils as pb_utils

sys.path.insert(0, str(Path(__file__).parent))
import runtime  # found beside this file

OUTPUTS = ("TAGS", "SOUND")


class TritonPythonModel:
    """SOUNDS float32[n, p, 187, 96] and SOUND_MODALITY int32[n, p]
    to TAGS float32[n, p, 50], SOUND float32[n, p, 200].
    """

    def initialize(self, args):
        device = "gpu" if args["model_instance_kind"] == "GPU" else "cpu"
        self._model = runtime.sound_model(Path(__file__).parent, device)

    def execute(self, requests):
        pairs = [(_array(request, "SOUNDS"), _array(request, "SOUND_MODALITY")) for request in requests]
        answers = self._model.run_many(pairs)
        return [pb_utils.InferenceResponse([*map(pb_utils.Tensor, OUTPUTS, answer)]) for answer in answers]


def _array(request, name):
    return pb_utils.get_input_tensor_by_name(request, name).as_numpy()

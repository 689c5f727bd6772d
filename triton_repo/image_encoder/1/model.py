"""Serves the image encoder; the work is done by runtime.py, which `python -m encoders export` puts beside this file."""

import sys
from pathlib import Path

import triton_python_backend_utils as pb_utils

sys.path.insert(0, str(Path(__file__).parent))
import runtime  # found beside this file

OUTPUTS = ("CLASSES", "PICTURE")


class TritonPythonModel:
    """PICTURES uint8[n, k, 224, 224, 3] and PICTURE_MODALITY int32[n, k]
    to CLASSES float32[n, k, 1000], PICTURE float32[n, k, 1280].
    """

    def initialize(self, args):
        device = "gpu" if args["model_instance_kind"] == "GPU" else "cpu"
        self._model = runtime.picture_model(Path(__file__).parent, device)

    def execute(self, requests):
        pairs = [(_array(request, "PICTURES"), _array(request, "PICTURE_MODALITY")) for request in requests]
        answers = self._model.run_many(pairs)
        return [pb_utils.InferenceResponse([*map(pb_utils.Tensor, OUTPUTS, answer)]) for answer in answers]


def _array(request, name):
    return pb_utils.get_input_tensor_by_name(request, name).as_numpy()

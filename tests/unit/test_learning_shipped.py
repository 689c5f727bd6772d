"""The model in the package: small, loadable, and the one that its README describes."""

import hashlib
import re

from encoders.export import SHIPPED
from encoders.layout import ROOT
from encoders.learning.config import read_config
from encoders.learning.saved import load

README = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
MOST_BYTES = 5_000_000


def test_it_is_the_one_its_readme_describes() -> None:
    assert hashlib.sha256(SHIPPED.read_bytes()).hexdigest() in README
    assert SHIPPED.stat().st_size <= MOST_BYTES


def test_it_is_of_the_shape_that_the_default_configuration_trains() -> None:
    config = read_config(ROOT / "encoders" / "configs" / "default.toml")
    assert load(SHIPPED).config == config.model
    assert str(config.seed) in re.findall(r"seed (\d+)", README)


def test_its_readme_names_every_data_set_it_was_trained_on() -> None:
    for name in read_config(ROOT / "encoders" / "configs" / "default.toml").data:
        assert name in README

"""Another release of Faust is refused, in one line that says what to do."""

from __future__ import annotations

import pytest

from streams.engine.version import OVERRIDE, UntestedFaust, require_tested_faust


def test_the_installed_release_is_the_tested_one() -> None:
    require_tested_faust()


def test_another_release_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)
    with pytest.raises(UntestedFaust, match=r"faust-streaming 0\.16\.0 .* install faust-streaming==0\.15\.3"):
        require_tested_faust("0.16.0")


def test_another_release_can_be_tried_on_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OVERRIDE, "1")
    require_tested_faust("0.16.0")

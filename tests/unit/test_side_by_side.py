"""`make test` runs two halves side by side: both are shown whole, and neither can fail unseen."""

from __future__ import annotations

import sys

import pytest
import side_by_side


def says(what: str, code: int = 0) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import sys; print({what!r}); sys.exit({code})")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [((0, 0, 0, 0), 0), ((1, 0, 0, 0), 1), ((0, 2, 0, 0), 2), ((0, 0, 3, 0), 3), ((0, 0, 0, 5), 5), ((4, 0, 3, 0), 4)],
)
def test_a_failure_of_any_of_them_is_the_exit_code(
    codes: tuple[int, int, int, int], expected: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(side_by_side, "ON_PARTS", says("parts here", codes[0]))
    beside = (says("types here", codes[1]), says("alone here", codes[2]), says("others here", codes[3]))
    monkeypatch.setattr(side_by_side, "BESIDE", beside)
    assert side_by_side.main() == expected
    said = capfd.readouterr().out
    assert said.index("parts here") < said.index("types here") < said.index("alone here") < said.index("others here")
    last = said.splitlines()[-1]
    assert ("tests alone" in last) == (codes[2] != 0)
    assert ("all is well" in last) == (expected == 0)


def test_every_test_is_in_one_of_the_halves() -> None:
    ignored = {word.removeprefix("--ignore=") for word in side_by_side.ON_PARTS if word.startswith("--ignore=")}
    beside = {word for line in side_by_side.BESIDE for word in line}
    assert ignored == {*side_by_side.ALONE, *side_by_side.OTHERS} <= beside
    assert len(side_by_side.OTHERS) > 1

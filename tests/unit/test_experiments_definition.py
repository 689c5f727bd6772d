"""Which files of experiments can be used, and what is said of those that cannot."""

from __future__ import annotations

import pytest

from streams.core.experiments.definition import (
    NOTHING,
    TUNED,
    Changes,
    Experiment,
    ExperimentsError,
    Kind,
    Variant,
    check,
    read_experiments,
)
from streams.core.experiments.trial import Experiments
from streams.core.tuning import Tuning

USED = """
[[experiment]]
name = "ranker"
share = 0.5
surfaces = ["home"]
  [[experiment.variant]]
  name = "learned"
  [[experiment.variant]]
  name = "by-hand"
  weight = 2
  set = { ranker = "hand-set", feature_weights = { trend = 0.4 } }

[[experiment]]
name = "mmr"
kind = "interleave"
  [[experiment.variant]]
  name = "usual"
  [[experiment.variant]]
  name = "diverse"
  set = { diversity = 0.6 }
"""


def made(name: str = "e", kind: Kind = Kind.SPLIT, *sets: Changes, **more: object) -> Experiment:
    variants = [Variant(f"v{n}", set=one) for n, one in enumerate(sets or (NOTHING, Changes(diversity=0.9)))]
    return Experiment(name, tuple(variants), kind, **more)  # type: ignore[arg-type]  # Experiment's own fields


def test_a_file_names_experiments_their_variants_and_what_those_set() -> None:
    ranker, mmr = read_experiments(USED)
    assert (ranker.control.name, ranker.share, ranker.kind) == ("learned", 0.5, Kind.SPLIT)
    assert ranker.rest[0].set == Changes(ranker="hand-set", feature_weights={"trend": 0.4})
    assert ranker.varied == {"ranker", "feature_weights"}
    assert (mmr.kind, [*mmr.varied]) == (Kind.INTERLEAVE, ["diversity"])
    assert ranker.on("home")
    assert not ranker.on("default")
    assert mmr.on("anywhere")


VARIANTS = "[[experiment.variant]]\nname = 'a'\n[[experiment.variant]]\nname = 'b'\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[experiment", "docs/experiments.md"),
        ("[[experiment]]\nname='e'\ncolour='red'\n" + VARIANTS, "unknown field `colour`"),
        ("[[experiment]]\nname='e'\n" + VARIANTS + "set={diversty=1}", "unknown field `diversty`"),
        ("[[experiment]]\nname='e'\n" + VARIANTS + "set={diversity=2}", "<= 1.0"),
        ("[[experiment]]\nname='e'\n" + VARIANTS, "'a' and 'b' set the same"),
        ("[[experiment]]\nname='e'\nshare=0\n" + VARIANTS, "> 0"),
        ("[[experiment]]\nname='E e'\n" + VARIANTS, "the name 'E e' is none"),
        ("[[experiment]]\nname='e'\n[[experiment.variant]]\nname='a'", "1 variants; from 2 to 6"),
        ("[[experiment]]\nname='e'\n" + VARIANTS.replace("'b'", "'a'"), "two variants are called 'a'"),
        ("[[experiment]]\nname='e'\n" + VARIANTS + "set={without_sources=['luck']}", "variant 'b': there is no source"),
        ("[[experiment]]\nname='e'\n" + VARIANTS + "set={feature_weights={trend=1}}", 'those of `ranker = "hand-set"`'),
        (
            "[[experiment]]\nname='e'\n" + VARIANTS + "set={ranker='hand-set',feature_weights={luck=1}}",
            "no feature 'luck'",
        ),
        ("[[experiment]]\nname='e'\nkind='interleave'\n" + VARIANTS + "weight=2\nset={diversity=1}", "equal weight"),
        (
            "[[experiment]]\nname='e'\nkind='interleave'\n" + VARIANTS + "set={encoder_version='x'}",
            "cannot be interleaved",
        ),
        (USED + USED, "two experiments are called 'ranker'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ExperimentsError) as refused:
        read_experiments(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_experiments_that_meet_may_not_set_the_same_thing() -> None:
    check([made("one"), made("two", Kind.SPLIT, NOTHING, Changes(explore_places=2))])
    check([made("one", surfaces=("home",)), made("two", surfaces=("shop",))])
    with pytest.raises(ExperimentsError, match="'one' and 'two' both set diversity"):
        check([made("one"), made("two", surfaces=("home",))])
    by_hand, weighed = Changes(ranker="hand-set"), Changes(ranker="hand-set", feature_weights={"trend": 1.0})
    with pytest.raises(ExperimentsError, match="both set ranker"):
        check([made("one", Kind.SPLIT, NOTHING, by_hand), made("two", Kind.SPLIT, by_hand, weighed)])
    with pytest.raises(ExperimentsError, match="interleave the same lists"):
        check([made("one", Kind.INTERLEAVE), made("two", Kind.INTERLEAVE, NOTHING, Changes(explore_places=3))])


def test_an_edition_changes_with_what_is_compared_and_not_with_the_share() -> None:
    plain = made()
    assert made(share=0.1).edition == plain.edition
    others = [
        made(salt="again"),
        made("e", Kind.INTERLEAVE),
        made("e", Kind.SPLIT, NOTHING, Changes(diversity=0.8)),
        made(surfaces=("home",)),
        made(planned_acts=500),
        made("other"),
    ]
    assert len({plain.edition, *(one.edition for one in others)}) == 1 + len(others)


def test_what_cannot_be_used_leaves_the_experiments_before_in_force() -> None:
    running = Experiments([made()])
    with pytest.raises(ExperimentsError):
        running.replace([made(), made()])
    assert [one.name for one in running.running] == ["e"]


def test_every_number_that_can_vary_is_one_of_the_tuning() -> None:
    assert {*TUNED} <= {*Tuning.__dataclass_fields__} & {*Changes.__struct_fields__}

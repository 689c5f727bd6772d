"""Goals are met or missed, by how much, and never passed over in silence."""

from typing import Any

from encoders.measuring.combine import combined
from encoders.measuring.goals import Goal, goals, said, summary
from encoders.measuring.tables import goal_table, overview


def measured(**everything: Any) -> dict[str, Any]:
    """One data set: the bridge, the unaligned space, text alone, and `everything`."""
    bridge = {"retrieval": {"image->text": {"recall@10": 0.2, "n": 40}, "title->body": {"recall@10": 0.9, "n": 40}}}
    rows = {
        "bridge": bridge,
        "unaligned": {"alignment": {"mse": 0.01}},
        "text": {"cold": {"ndcg@10": 0.10}},
        "image": {"cold": {"ndcg@10": 0.05}},
        "everything": everything,
    }
    return {"films": {"items": 100, "test_items": 20, "rows": rows}}


def named(found: list[Goal], name: str) -> list[Goal]:
    return [goal for goal in found if goal.name == name]


def test_a_goal_that_is_reached_is_met() -> None:
    (goal,) = goals("everything", measured(retrieval={"image->text": {"recall@10": 0.31, "n": 40}}))
    assert (goal.name, goal.data, goal.met, goal.short) == ("alignment", "films", True, 0.0)


def test_a_goal_that_is_missed_says_by_how_much() -> None:
    (goal,) = goals("everything", measured(retrieval={"image->text": {"recall@10": 0.2, "n": 40}}))
    assert not goal.met
    assert abs(goal.short - 0.5) < 1e-9
    assert said(goal).startswith("missed alignment, films: image->text")
    assert "≥ 1.5, short by 0.500" in said(goal)
    row = goal_table([goal]).rows[0]
    assert "missed" in row
    assert "0.500" in row


def test_texts_need_no_learned_alignment_and_a_goal_beyond_one_is_said_to_be_out_of_reach() -> None:
    found = measured(
        retrieval={"title->body": {"recall@10": 0.9, "n": 40}, "image->text": {"recall@10": 0.95, "n": 40}}
    )
    found["films"]["rows"]["bridge"]["retrieval"]["image->text"]["recall@10"] = 0.8
    (goal,) = goals("everything", found)
    assert "image->text" in goal.what
    assert "out of reach" in goal.note
    assert not goal.met


def test_the_error_is_held_against_the_unaligned_space_and_against_the_aim() -> None:
    (goal,) = goals("everything", measured(alignment={"mse": 0.007}))
    assert goal.met
    assert abs(goal.figure - 0.3) < 1e-9
    assert "missed by 0.200" in goal.note


def test_the_fusion_is_held_against_the_best_of_all_single_modalities() -> None:
    cold = {"ndcg@10": 0.132, "modalities": {"text": {"ndcg@10": 0.12}}, "missing": {}}
    (goal,) = goals("everything", measured(cold=cold))
    assert "text of everything" in goal.what
    assert abs(goal.figure - 1.1) < 1e-9
    assert not goal.met


def test_losing_one_modality_is_judged_and_losing_two_is_not() -> None:
    figures = {
        "precision@10": 0.8,
        "missing": {
            "without text": {"precision@10": 0.4},
            "without image": {"precision@10": 0.7},
            "without text and image": {"precision@10": 0.1},
        },
    }
    found = named(goals("everything", measured(neighbours=figures)), "missing")
    assert [(goal.met, round(goal.short, 3)) for goal in found] == [(False, 0.25), (True, 0.0)]
    assert summary(found) == {"everything": {"met": 1, "missed": 1}}


def test_several_data_sets_are_combined_and_one_is_itself() -> None:
    one = {"cold": {"ndcg@10": 0.2, "ndcg@10.interval": [0.1, 0.3], "users": 10, "temperature": 0.1}}
    other = {"cold": {"ndcg@10": 0.4, "ndcg@10.interval": [0.3, 0.5], "users": 30}, "zero_shot": {"image": {"n": 4}}}
    assert combined([one]) == one
    both = combined([one, other])
    assert abs(both["cold"]["ndcg@10"] - 0.3) < 1e-9
    low, high = both["cold"]["ndcg@10.interval"]
    assert abs(low - (0.3 - 0.1 / 2**0.5)) < 1e-9
    assert abs(high - (0.3 + 0.1 / 2**0.5)) < 1e-9
    assert both["cold"]["users"] == 40
    assert both["zero_shot"] == {"image": {"n": 4}}


def test_what_belongs_to_one_data_set_is_not_combined() -> None:
    told = {
        "zero_shot": {"image": {"accuracy": 0.5, "confusion": [[1]], "per_class": {}, "names": ["a"], "classes": 1}}
    }
    assert combined([told, told]) == {"zero_shot": {"image": {"accuracy": 0.5}}}


def test_the_overview_shows_what_was_measured_and_leaves_the_rest_open() -> None:
    table = overview(
        {"rows": {"bridge": {"retrieval": {"a->b": {"recall@10": 0.2, "n": 40}, "b->a": {"recall@10": 0.4, "n": 40}}}}}
    )
    assert list(table.rows[0]) == ["bridge", "0.300", "–", "–", "–", "–"]

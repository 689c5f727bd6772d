"""What may be committed: only an unbroken run of records that were handed out and came back done."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.engine.mends.ledger import OffsetLedger, Verdict

TP = ("events", 0)


def ledger_at(position: int, committed: int | None = None) -> OffsetLedger:
    ledger = OffsetLedger()
    ledger.open(TP, position, committed)
    return ledger


def test_the_next_record_is_handed_out_and_a_repeat_is_not() -> None:
    ledger = ledger_at(5)
    assert ledger.judge(TP, 5) is Verdict.NEXT
    ledger.hand_out(TP, 5)
    assert ledger.judge(TP, 5) is Verdict.REPEAT
    assert ledger.judge(TP, 6) is Verdict.NEXT


def test_a_record_behind_a_gap_is_a_hole() -> None:
    assert ledger_at(5).judge(TP, 7) is Verdict.HOLE


def test_a_record_of_a_partition_that_is_gone_is_foreign() -> None:
    ledger = ledger_at(5)
    ledger.forget(TP)
    assert ledger.judge(TP, 5) is Verdict.FOREIGN
    assert ledger.expected(TP) is None


def test_nothing_is_committed_before_the_first_record_is_done() -> None:
    ledger = ledger_at(0)
    for offset in (0, 1, 2):
        ledger.hand_out(TP, offset)
    ledger.acknowledge(TP, [1, 2])
    assert ledger.committable(TP) is None
    ledger.acknowledge(TP, [0])
    assert ledger.committable(TP) == 3


def test_an_acknowledgement_of_an_older_assignment_counts_for_nothing() -> None:
    ledger = ledger_at(10)
    ledger.hand_out(TP, 10)
    ledger.acknowledge(TP, [3, 4, 99])
    assert ledger.committable(TP) is None


def test_a_failed_commit_is_offered_again_and_a_done_one_is_not() -> None:
    ledger = ledger_at(0)
    ledger.hand_out(TP, 0)
    ledger.acknowledge(TP, [0])
    assert ledger.committable(TP) == 1
    assert ledger.committable(TP) == 1
    ledger.committed(TP, 1)
    assert ledger.committable(TP) is None


def test_offsets_that_do_not_exist_do_not_hold_up_the_commit() -> None:
    ledger = ledger_at(0)
    for offset in (0, 4, 9):  # a compacted topic
        ledger.hand_out(TP, offset)
    ledger.acknowledge(TP, [9, 0, 4])
    assert ledger.committable(TP) == 10


@given(st.integers(0, 50), st.lists(st.integers(0, 30), unique=True), st.data())
def test_a_commit_never_passes_a_record_that_is_not_done(start: int, done: list[int], data: st.DataObject) -> None:
    handed = [start + step for step in range(31)]
    ledger = ledger_at(start)
    for offset in handed:
        ledger.hand_out(TP, offset)
    acknowledged: set[int] = set()
    committed = start
    for step in done:
        ledger.acknowledge(TP, [start + step])
        acknowledged.add(start + step)
        if data.draw(st.booleans()):
            offer = ledger.committable(TP)
            if offer is not None and data.draw(st.booleans()):
                ledger.committed(TP, offer)
                committed = offer
            assert offer is None or all(offset in acknowledged for offset in handed if offset < offer)
    first_open = next((offset for offset in handed if offset not in acknowledged), start + 31)
    assert (ledger.committable(TP) or committed) == first_open
    assert ledger.in_hand(TP) == 31 - len(acknowledged)

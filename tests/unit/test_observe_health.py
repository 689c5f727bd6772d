from streams.observe.health import CommitWatch, Health, LoopWatch, Progress

PARTITION = ("upwell.behaviour", 0)


def progress(offset: int, lag: int) -> Progress:
    return Progress({PARTITION: offset}, {PARTITION: lag})


def test_lag_without_a_commit_for_too_long_is_a_failure_that_names_the_partition() -> None:
    watch = CommitWatch(stalled_after_s=30)
    watch.update(progress(5, lag=10), now=0)
    watch.update(progress(5, lag=20), now=20)
    assert watch(20) is None
    failure = watch(31)
    assert failure is not None
    assert "upwell.behaviour/0" in failure
    assert "restart" in failure


def test_a_commit_is_a_sign_of_life() -> None:
    watch = CommitWatch(stalled_after_s=30)
    watch.update(progress(5, lag=10), now=0)
    watch.update(progress(6, lag=10), now=29)
    assert watch(58) is None
    assert watch(60) is not None


def test_a_quiet_partition_is_healthy_however_long_it_is_quiet() -> None:
    watch = CommitWatch(stalled_after_s=30)
    for now in range(0, 1000, 10):
        watch.update(progress(5, lag=0), now=now)
    assert watch(1000) is None


def test_the_clock_of_a_stall_starts_when_work_is_seen_to_wait_however_long_nobody_looked_before() -> None:
    watch = CommitWatch(stalled_after_s=30)
    watch.update(progress(5, lag=0), now=0)
    watch.update(progress(5, lag=1), now=110)
    assert watch(139) is None
    assert watch(141) is not None


def test_a_stage_that_begins_to_wait_after_the_last_look_is_excused_and_one_that_goes_on_has_its_time_again() -> None:
    waiting: set[str] = set()
    watch = CommitWatch(stalled_after_s=30, excused=lambda: waiting)
    watch.update(progress(5, lag=1), now=0)
    assert watch(31) is not None
    waiting.add("upwell.behaviour")
    assert watch(31) is None
    watch.update(progress(5, lag=1), now=32)
    waiting.clear()
    watch.update(progress(5, lag=1), now=33)
    assert watch(62) is None
    assert watch(64) is not None


def test_a_partition_that_moved_away_no_longer_counts() -> None:
    watch = CommitWatch(stalled_after_s=30)
    watch.update(progress(5, lag=10), now=0)
    watch.update(Progress({}, {}), now=10)
    assert watch(100) is None


def test_a_loop_that_stopped_beating_is_not_alive() -> None:
    loop = LoopWatch(stuck_after_s=10)
    assert loop(1000) is None, "a loop that has not started yet is not stuck"
    loop.beat(0)
    assert loop(9) is None
    assert loop(11) is not None


def test_ready_needs_alive_and_says_everything_that_is_missing() -> None:
    health = Health()
    loop = LoopWatch(stuck_after_s=10)
    loop.beat(0)
    caught_up = False
    health.must_live("loop", loop)
    health.need("items view", lambda: caught_up, "still reading the items topic: wait")
    assert health.failing_live(5) == {}
    assert health.failing_ready(5) == {"items view": "still reading the items topic: wait"}
    assert set(health.failing_ready(50)) == {"loop", "items view"}
    caught_up = True
    assert health.failing_ready(5) == {}

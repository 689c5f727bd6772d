"""What the stream promises its users, on the real broker, one worker, seen only through topics and HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

import msgspec
import pytest
from kit.stream import Stream, behaviour, running

from streams.events import Action, ContentEvent, ContentOperation, Erasure, ErasureReceipt
from streams.local.ports import Ports
from streams.topics import Topic

TOPICS = ("jazz", "trains", "bread", "stars")


@pytest.fixture(scope="module")
def stream(kafka: str, tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Stream]:
    with running(kafka, tmp_path_factory.mktemp("stream"), ports) as running_stream:
        running_stream.publish(*catalogue())
        running_stream.wait_for_catalogue(40)
        yield running_stream


def catalogue() -> list[ContentEvent]:
    return [
        ContentEvent(f"{topic}-{n}", title=f"{topic} {topic} {topic} number{n}", tags=(topic, f"side{n % 3}"))
        for topic in TOPICS
        for n in range(10)
    ]


def user() -> str:
    return f"user-{uuid4().hex[:8]}"


def ids(made: object) -> list[str]:
    return [item.item_id for item in made.items]  # type: ignore[attr-defined]  # a RecommendationList


def test_an_act_brings_a_list_of_what_is_like_it_and_says_why(stream: Stream) -> None:
    someone = user()
    stream.publish(behaviour(someone, "jazz-1"))
    made = stream.wait_for_list(someone)
    assert "jazz-1" not in ids(made), "what was used up is never shown again"
    assert sum(item.startswith("jazz") for item in ids(made)) >= 3
    causes = [item.reason for item in made.items if item.reason.code == "because_you_liked"]
    assert causes, made
    assert all(cause.because_of == ("jazz-1",) for cause in causes)
    assert made.trigger == "behaviour"
    assert not made.degraded
    assert made.freshness_s is not None


def test_a_burst_by_one_user_gives_one_list_per_batch_not_per_event(
    kafka: str, tmp_path_factory: pytest.TempPathFactory, ports: Ports
) -> None:
    folder = tmp_path_factory.mktemp("burst")
    stream = Stream(kafka, folder, ports)
    try:
        stream.publish(*catalogue(), *(behaviour("hasty", f"jazz-{n % 10}") for n in range(60)))
        stream.start_worker()
        stream.wait_for_list("hasty", lambda made: made.lineage.behaviour_offset == 59)
        assert len(stream.lists("hasty")) <= 5
    finally:
        stream.stop()


def test_a_duplicate_event_changes_nothing(stream: Stream) -> None:
    someone = user()
    once = behaviour(someone, "trains-1")
    stream.publish(once)
    first = stream.wait_for_list(someone)
    stream.publish(once, once)
    marker = behaviour(someone, "trains-2")
    stream.publish(marker)
    stream.wait_for_list(someone, lambda made: made.lineage.behaviour_offset > first.lineage.behaviour_offset)
    acts = stream.get(f"/profiles/{someone}")["acts"]
    assert [act["item_id"] for act in acts] == ["trains-2", "trains-1"]


def test_events_out_of_order_fold_to_the_same_profile(stream: Stream) -> None:
    now = time.time()
    events = [("bread-1", now - 30), ("bread-2", now - 20), ("bread-3", now - 10)]
    forward, backward = user(), user()
    for someone, order in ((forward, events), (backward, events[::-1])):
        for item, at in order:
            stream.publish(behaviour(someone, item, event=f"{someone[:4]}{item}", occurred_at=at))
    stream.until(
        lambda: all(len((stream.get(f"/profiles/{u}") or {"acts": []})["acts"]) == 3 for u in (forward, backward))
    )
    profiles = [stream.get(f"/profiles/{u}") for u in (forward, backward)]
    assert profiles[0]["acts"] == profiles[1]["acts"]
    assert profiles[0]["interests"] == profiles[1]["interests"]


def test_an_unknown_item_is_remembered_and_counts_once_it_arrives(stream: Stream) -> None:
    someone, late = user(), f"late-{uuid4().hex[:6]}"
    stream.publish(behaviour(someone, late))
    stream.wait_for_list(someone)
    assert stream.get(f"/profiles/{someone}")["interests"] == []
    stream.publish(ContentEvent(late, title="stars stars stars late"))
    stream.until(lambda: stream.get(f"/items/{late}") is not None)
    made = stream.ask(someone)
    assert any(item.reason.because_of == (late,) for item in made.items)


@pytest.mark.parametrize("action", [Action.DISLIKE, Action.HIDE])
def test_what_is_refused_is_never_shown_again_and_its_like_sinks(stream: Stream, action: Action) -> None:
    someone = user()
    stream.publish(behaviour(someone, "jazz-3"), behaviour(someone, "trains-3"), behaviour(someone, "jazz-4", action))
    stream.wait_for_list(someone)
    stream.until(lambda: len((stream.get(f"/profiles/{someone}") or {"acts": []})["acts"]) == 3)
    for _ in range(3):
        assert "jazz-4" not in ids(stream.ask(someone, k=39))


def test_impressions_count_as_exposure_and_push_no_list(stream: Stream) -> None:
    someone = user()
    stream.publish(*(behaviour(someone, f"stars-{n}", Action.IMPRESSION) for n in range(3)))
    stream.until(lambda: (stream.get(f"/profiles/{someone}") or {}).get("impressions_remembered") == 3)
    assert stream.lists(someone) == []


def test_a_new_item_can_be_recommended_before_anyone_touched_it(stream: Stream) -> None:
    someone, fresh = user(), f"fresh-{uuid4().hex[:6]}"
    stream.publish(behaviour(someone, "stars-1"), behaviour(someone, "stars-2"))
    stream.wait_for_list(someone)
    stream.publish(ContentEvent(fresh, title="stars stars stars fresh", tags=("stars",)))
    stream.until(lambda: fresh in ids(stream.ask(someone, k=20)), 30.0, "the new item is in no list")


def test_a_deleted_item_leaves_every_list(stream: Stream) -> None:
    someone, doomed = user(), f"doomed-{uuid4().hex[:6]}"
    stream.publish(ContentEvent(doomed, title="bread bread bread doomed"), behaviour(someone, "bread-4"))
    stream.until(lambda: doomed in ids(stream.ask(someone, k=30)), 30.0, "the item never appeared")
    stream.publish(ContentEvent(doomed, operation=ContentOperation.DELETE))
    stream.until(lambda: stream.status_code(f"/items/{doomed}") == 404)
    assert doomed not in ids(stream.ask(someone, k=40))


def test_a_tombstone_on_content_deletes(stream: Stream) -> None:
    doomed = f"doomed-{uuid4().hex[:6]}"
    stream.publish(ContentEvent(doomed, title="bread"))
    stream.until(lambda: stream.get(f"/items/{doomed}") is not None)
    stream.send(Topic.CONTENT, doomed.encode(), None)
    stream.until(lambda: stream.status_code(f"/items/{doomed}") == 404)


def test_an_expired_item_is_in_no_list(stream: Stream) -> None:
    someone, expired = user(), f"expired-{uuid4().hex[:6]}"
    stream.publish(
        ContentEvent(expired, title="bread bread bread", expires_at=time.time() - 1), behaviour(someone, "bread-5")
    )
    stream.until(lambda: stream.get(f"/items/{expired}") is not None)
    assert expired not in ids(stream.ask(someone, k=40))


def test_an_item_in_the_list_and_one_that_is_out_are_explained(stream: Stream) -> None:
    someone = user()
    stream.publish(behaviour(someone, "jazz-6"))
    made = stream.wait_for_list(someone)
    listed = stream.get(f"/explanations/{someone}/{made.items[0].item_id}")
    assert (listed["stage"], listed["place"]) == ("listed", 1)
    assert listed["weighed"]
    assert listed["why"]
    had = stream.get(f"/explanations/{someone}/jazz-6")
    assert (had["stage"], had.get("place")) == ("used", None)


def test_a_newcomer_gets_a_diverse_list(stream: Stream) -> None:
    made = stream.ask(user(), k=10)
    assert len(made.items) == 10
    assert len({item.item_id.split("-")[0] for item in made.items}) >= 3
    assert all(not item.reason.because_of for item in made.items)


def test_a_request_can_filter_by_tag(stream: Stream) -> None:
    made = stream.ask(user(), k=5, tags=["trains"])
    assert len(made.items) == 5
    assert all(item.item_id.startswith("trains") for item in made.items)


def test_unchanged_content_is_not_encoded_again_and_a_new_card_keeps_its_vector(stream: Stream) -> None:
    item = f"card-{uuid4().hex[:6]}"
    stream.publish(ContentEvent(item, title="jazz", attributes={"price": 1.0}))
    stream.until(lambda: stream.get(f"/items/{item}") is not None)
    before = stream.get(f"/items/{item}")
    stream.publish(ContentEvent(item, title="jazz", attributes={"price": 1.0}))
    stream.publish(ContentEvent(item, title="jazz", attributes={"price": 2.0}))
    stream.until(lambda: stream.get(f"/items/{item}")["card"]["attributes"]["price"] == 2.0)
    encoded = [value for key, value in stream.records(Topic.ITEMS) if key == item.encode()]
    assert len(encoded) == 2, "the repeat in between must not be encoded"
    vectors = {msgspec.json.decode(value)["vector"] for value in encoded if value is not None}
    assert len(vectors) == 1
    assert before["dimension"] == 256


def test_an_erased_user_is_gone_and_gets_a_receipt(stream: Stream) -> None:
    someone = user()
    stream.publish(behaviour(someone, "jazz-5"))
    stream.wait_for_list(someone)
    wish = Erasure(someone, time.time(), uuid4().hex)
    stream.send(Topic.ERASURES, someone.encode(), msgspec.json.encode(wish))
    stream.until(lambda: stream.status_code(f"/profiles/{someone}") == 404)
    receipts = [msgspec.json.decode(v, type=ErasureReceipt) for _, v in stream.records(Topic.ERASURE_RECEIPTS) if v]
    assert [receipt.erased for receipt in receipts if receipt.erasure_id == wish.erasure_id] == [{"profiles": 1}]
    assert dict(stream.records(Topic.RECOMMENDATIONS))[someone.encode()] is None
    assert someone not in stream.profiles()


def test_the_web_server_says_how_it_is_and_refuses_politely(stream: Stream) -> None:
    assert stream.status_code("/health") == 200
    assert stream.status_code("/ready") == 200
    assert stream.status_code("/metrics") == 200
    assert stream.status_code("/recommendations/somebody?k=0") == 400
    assert stream.status_code("/recommendations/somebody?k=many") == 400
    assert stream.status_code("/items/nothing") == 404
    assert len(stream.get("/recommendations/somebody?k=7")["items"]) == 7
    assert {p["topic"] for p in stream.get("/status")["partitions"]} >= {f"{stream.prefix}.behaviour"}

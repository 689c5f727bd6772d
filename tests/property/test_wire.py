"""Every wire event comes back from JSON as it went, whatever strings it holds."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams import events as wire

text = st.text(max_size=40)
names = st.text(min_size=1, max_size=60)
finite = st.floats(allow_nan=False, allow_infinity=False)
attributes = st.dictionaries(text, st.one_of(st.none(), st.booleans(), finite, text), max_size=4)
maybe_text, maybe_time = st.none() | text, st.none() | finite
tuples = st.lists(text, max_size=4).map(tuple)
offsets = st.integers(-1, 2**62)
sums = st.dictionaries(text, finite, max_size=4)

cards = st.builds(wire.ItemCard, names, text, maybe_text, tuples, maybe_text, maybe_time, maybe_time, attributes)
lineages = st.builds(wire.Lineage, offsets, offsets, offsets, offsets)
places = st.builds(wire.RecommendedItem, names, text, finite, text, st.builds(wire.Reason, text, text, tuples), sums)
exposures = st.builds(wire.Exposure, text, text, text, tuples)
counts = st.builds(
    wire.VariantCounts,
    users=offsets,
    acts=offsets,
    hits=finite,
    hits_by_source=st.dictionaries(text, offsets, max_size=2),
)
messages = st.one_of(
    st.builds(
        wire.ContentEvent,
        names,
        st.sampled_from(list(wire.ContentOperation)),
        title=maybe_text,
        text=maybe_text,
        tags=tuples,
        image=maybe_text,
        published_at=maybe_time,
        expires_at=maybe_time,
        attributes=attributes,
    ),
    st.builds(
        wire.BehaviourEvent,
        names,
        names,
        names,
        st.sampled_from(list(wire.Action)),
        finite,
        maybe_time,
        maybe_text,
        attributes,
    ),
    cards,
    st.builds(
        wire.EncodedItem,
        card=cards,
        vector=st.binary(max_size=64),
        modalities=tuples,
        encoder_version=text,
        content_hash=text,
        media_hash=text,
        source_partition=offsets,
        source_offset=offsets,
        content_at=finite,
        encoded_at=finite,
        problems=tuples,
    ),
    st.builds(
        wire.Signal, names, st.sampled_from(list(wire.Action)), finite, finite, offsets, offsets, offsets, tuples
    ),
    st.builds(
        wire.RankerWeights,
        offsets,
        text,
        offsets,
        st.lists(finite, max_size=2),
        st.dictionaries(text, st.binary(max_size=12), max_size=3),
    ),
    st.builds(wire.ItemStatistics, names, finite, st.dictionaries(text, offsets, max_size=3), sums, sums, sums),
    st.builds(
        wire.RecommendationList,
        text,
        names,
        finite,
        text,
        st.lists(places, max_size=3).map(tuple),
        text,
        text,
        lineages,
        degraded=tuples,
        request_id=maybe_text,
        event_at=maybe_time,
        exposures=st.lists(exposures, max_size=2).map(tuple),
    ),
    st.builds(
        wire.ExperimentCounts,
        text,
        text,
        text,
        offsets,
        st.dictionaries(text, finite, max_size=3),
        offsets,
        finite,
        st.dictionaries(text, counts, max_size=3),
        paired=st.none() | counts,
    ),
    st.builds(wire.RecommendationRequest, names, names, finite, text, st.integers(1, 200), tuples, tuples),
    st.builds(
        wire.DeadLetter,
        text,
        offsets,
        offsets,
        text,
        text,
        text,
        offsets,
        finite,
        st.none() | st.binary(max_size=40),
        st.none() | st.binary(max_size=40),
    ),
    st.builds(wire.Erasure, names, finite, names),
    st.builds(wire.ErasureReceipt, names, names, finite, st.dictionaries(text, offsets, max_size=3)),
)


@given(messages)
def test_an_event_survives_json(message: msgspec.Struct) -> None:
    assert msgspec.json.decode(msgspec.json.encode(message), type=type(message)) == message


@given(messages)
def test_the_wire_is_utf8_text(message: msgspec.Struct) -> None:
    msgspec.json.encode(message).decode("utf-8")

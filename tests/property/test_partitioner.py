from __future__ import annotations

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.partitioner import partition_of


@given(st.binary(max_size=40), st.integers(1, 50))
def test_a_key_goes_where_every_other_kafka_client_sends_it(key: bytes, count: int) -> None:
    partitions = list(range(count))
    assert partition_of(key, partitions, partitions) == DefaultPartitioner()(key, partitions, partitions)


def test_a_record_without_a_key_goes_to_a_partition_that_is_there() -> None:
    assert partition_of(None, [0, 1, 2], [1]) == 1

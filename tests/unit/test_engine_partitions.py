"""Keys go where Kafka's own producers would send them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner import murmur2

from streams.engine.partitions import partition_for


@given(st.binary(), st.integers(1, 64))
def test_a_key_goes_to_the_partition_that_another_client_chooses(key: bytes, partitions: int) -> None:
    assert partition_for(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


def test_known_answers_of_the_java_client() -> None:
    # org.apache.kafka.common.utils.UtilsTest: murmur2("21") = -973932308, murmur2("foobar") = -790332482
    assert partition_for(b"21", 1000) == (-973932308 & 0x7FFFFFFF) % 1000
    assert partition_for(b"foobar", 1000) == (-790332482 & 0x7FFFFFFF) % 1000

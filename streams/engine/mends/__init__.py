"""What Faust 0.15.3 needs so that a rebalance loses nothing. Each defect, its cause in Faust's source, and the mend.

A  `Consumer._wait_next_records` hands its live set of active partitions to aiokafka. Emptied meanwhile, an empty set
   means *all* partitions: records come back that nobody is ready for. Mend (consumer.py): a copy, never empty.
B  `Recovery.on_recovery_completed` seeks and clears the queues while the fetch loop may still hold records of before
   the seek; they are then delivered with others missing, or dropped although the position is past them. Mend
   (consumer_thread.py, consumer.py): every seek begins a new *era* of its partition, records carry the era they
   were taken in, and a record of an older era is dropped: the seek has them fetched again.
C  `Consumer._new_offset` commits from the first acknowledged offset even when it lies beyond the committed one.
   Mend (ledger.py): only what was handed out and acknowledged without a break is committed.
D  `Consumer._add_gap` takes every hole in the offsets for compaction. Mend (ledger.py, consumer.py): on a topic that
   is not compacted a hole is fetched again, counted and logged; it is accepted only if the broker repeats it.
E  `AIOKafkaConsumerThread._create_worker_consumer` hard-codes fetch_max_wait_ms=1500, so a partition that was not
   part of a long poll waits for its end. Mend (consumer_thread.py): the setting fetch_wait_ms.
F  `Consumer.on_partitions_revoked` forgets acknowledged offsets before they are committed. Mend (consumer.py): finish
   what is in hand and commit, 2 s at most, then forget.
G  `App._on_partitions_revoked` stops the flow only if there was an assignment, and `Consumer.on_partitions_assigned`
   marks the new partitions active before their tables are recovered: a worker that had none reads records against
   empty tables. Mend (consumer.py): the flow stops at every revocation and assignment.
H  `AIOKafkaConsumer.seek_to_committed` does not move a partition without a commit, so what was taken from it and
   thrown away is never read. Mend (consumer_thread.py): such a partition is sought to its beginning.
I  `Consumer._commit_offsets` records offsets as committed even when the commit failed. Mend (consumer.py): the ledger
   moves only after the broker's yes.
J  `Recovery._restart_recovery` waits for an event that `_slurp_changelogs` may have set and cleared before, and then
   for ever. Mend (recovery.py): the changelog is read by a consumer of its own up to the end it had, then closed.
K  `ConductorHandler._handle_full` waits in a task of its own for room in a queue; a rebalance cancels it and the
   record is gone. Mend (queue.py): queues take what was fetched, and pressure stops the fetching instead.
L  aiokafka's `Sender` keeps a record until the broker has answered the request before, and then writes it whatever has
   happened meanwhile. A worker frozen in between writes it over what its successor has written since. Mend
   (producer.py): the lease and the last revocation are looked at where the request is written.
"""

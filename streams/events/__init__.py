"""The wire contract: every message that enters or leaves Upwell, as strict msgspec structs.

JSON on the wire, UTF-8. Times are Unix seconds (float, UTC). The JSON Schema and AsyncAPI documents that
`upwell schema` prints are derived from these classes, so this package is the contract's only source.
"""

from __future__ import annotations

from streams.events.behaviour import Action, BehaviourEvent, Signal
from streams.events.content import ContentEvent, ContentOperation, EncodedItem, ItemCard, ItemVector
from streams.events.dead_letters import DeadLetter
from streams.events.encoders import EncoderCommand, EncoderOperation, EncoderPhase, EncoderState, UpgradeOptions
from streams.events.erasures import Erasure, ErasureReceipt
from streams.events.experiments import ExperimentCounts, VariantCounts
from streams.events.identifiers import DEFAULT_SURFACE, Attribute, Identifier
from streams.events.learned import ItemStatistics, RankerWeights
from streams.events.lists import Exposure, Lineage, Reason, RecommendationList, RecommendationRequest, RecommendedItem
from streams.events.push import ItemNews, NewsKind, Push

__all__ = [
    "DEFAULT_SURFACE",
    "Action",
    "Attribute",
    "BehaviourEvent",
    "ContentEvent",
    "ContentOperation",
    "DeadLetter",
    "EncodedItem",
    "EncoderCommand",
    "EncoderOperation",
    "EncoderPhase",
    "EncoderState",
    "Erasure",
    "ErasureReceipt",
    "ExperimentCounts",
    "Exposure",
    "Identifier",
    "ItemCard",
    "ItemNews",
    "ItemStatistics",
    "ItemVector",
    "Lineage",
    "NewsKind",
    "Push",
    "RankerWeights",
    "Reason",
    "RecommendationList",
    "RecommendationRequest",
    "RecommendedItem",
    "Signal",
    "UpgradeOptions",
    "VariantCounts",
]

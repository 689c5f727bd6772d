"""A made-up catalogue and made-up behaviour, the same for the same seed; labelled as such by their ids.

Items are short English texts about one of forty subjects. Each user has two subjects and mostly acts on those, so that
interests are real clusters and a search has something to find. No impressions: every event may change a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.events import Action, BehaviourEvent, ContentEvent

SUBJECTS: dict[str, str] = {
    "football": "goal league striker penalty match stadium coach transfer",
    "gardening": "soil roses compost seeds pruning greenhouse tomatoes hedge",
    "astronomy": "telescope planet galaxy comet nebula orbit eclipse star",
    "baking": "bread oven dough yeast cake flour pastry crust",
    "chess": "opening gambit endgame bishop tournament checkmate rook clock",
    "cycling": "bicycle saddle peloton climb gears wheel sprint helmet",
    "painting": "canvas brush portrait watercolour gallery pigment sketch easel",
    "sailing": "harbour mast wind regatta anchor hull tide rudder",
    "jazz": "saxophone trumpet swing improvisation quartet rhythm club solo",
    "opera": "soprano aria orchestra libretto stage tenor overture chorus",
    "volcanoes": "lava crater eruption magma ash caldera tremor basalt",
    "beekeeping": "hive honey queen swarm pollen nectar frame smoker",
    "architecture": "facade column concrete skyline arch blueprint tower courtyard",
    "robotics": "sensor gripper motor controller autonomous arm actuator drone",
    "medicine": "vaccine surgery diagnosis clinic therapy nurse antibody trial",
    "finance": "inflation bond dividend bank interest currency market portfolio",
    "law": "court judge verdict appeal contract witness statute jury",
    "railways": "locomotive track station signal carriage tunnel timetable junction",
    "aviation": "runway cockpit wing turbine pilot glider airport altitude",
    "skiing": "slope powder avalanche lift slalom piste binding glacier",
    "mountaineering": "summit rope crevasse ridge altitude base camp sherpa",
    "birds": "migration feather nest warbler owl binoculars beak heron",
    "dogs": "puppy leash terrier breed kennel trainer collie bark",
    "cats": "kitten whiskers purr litter siamese claws tabby windowsill",
    "dinosaurs": "fossil jurassic skeleton raptor extinction museum bone footprint",
    "oceans": "coral reef whale current plankton trench submarine kelp",
    "coffee": "espresso roast bean barista grinder crema filter aroma",
    "wine": "vineyard grape cellar barrel vintage cork tannin harvest",
    "photography": "lens shutter exposure tripod portrait film darkroom aperture",
    "cinema": "director screenplay actor premiere camera festival thriller scene",
    "poetry": "verse sonnet rhyme stanza metaphor poet anthology ode",
    "history": "empire treaty archive medieval revolution dynasty siege monument",
    "archaeology": "excavation pottery tomb ruins artefact trench inscription mosaic",
    "mathematics": "theorem prime proof geometry equation infinity topology integral",
    "chemistry": "molecule catalyst acid reaction crystal polymer laboratory isotope",
    "weather": "storm rainfall forecast hurricane drought pressure thunder cloud",
    "fashion": "runway fabric designer tailor silk collection boutique dress",
    "yoga": "breath posture stretch balance mat meditation flexibility studio",
    "video games": "console level quest pixel multiplayer controller speedrun arcade",
    "woodworking": "chisel plane oak joint lathe workshop varnish carving",
}
_NAMES = tuple(SUBJECTS)
_WORDS = tuple(tuple(words.split()) for words in SUBJECTS.values())
_ACTIONS = (Action.VIEW, Action.CLICK, Action.LIKE, Action.SAVE, Action.RATING)
_ACTION_SHARES = (0.45, 0.35, 0.12, 0.05, 0.03)
_ON_TASTE = 0.85
_CREATORS = 300
_DAY_S = 86_400.0


def item_id(number: int) -> str:
    return f"synthetic-item-{number:06d}"


def user_id(number: int) -> str:
    return f"synthetic-user-{number:05d}"


def subject_of(number: int) -> int:
    """Items take turns over the subjects, so the items of subject s are s, s + 40, s + 80, …"""
    return number % len(_NAMES)


def catalogue(items: int, *, seed: int, now: float) -> list[ContentEvent]:
    """`items` content events, published over the thirty days before `now` (Unix s), oldest first."""
    rng = np.random.default_rng(seed)
    ages = np.sort(rng.uniform(0, 30 * _DAY_S, items))[::-1]
    return [_content(number, rng, now - float(ages[number])) for number in range(items)]


def _content(number: int, rng: np.random.Generator, published_at: float) -> ContentEvent:
    subject = subject_of(number)
    words = rng.permutation(_WORDS[subject])[:5]
    return ContentEvent(
        item_id=item_id(number),
        title=f"{words[0].capitalize()} and {words[1]}: {_NAMES[subject]} no. {number}",
        text=f"About {_NAMES[subject]}: how the {words[2]} and the {words[3]} meet the {words[4]}.",
        language="en",
        tags=(_NAMES[subject],),
        creator=f"creator-{int(rng.integers(_CREATORS))}",
        published_at=published_at,
    )


@dataclass(frozen=True, slots=True)
class Population:
    """Who acts on what. `skew` 0 lets every user act equally often, 1 makes it Zipf's law."""

    users: int
    items: int
    seed: int
    skew: float = 0.0

    def events(self, *, run: str) -> Iterator[BehaviourEvent]:
        """An endless stream of behaviour; `occurred_at` is 0 until the sender sets it, ids begin with `run`."""
        rng = np.random.default_rng([self.seed, *run.encode()])
        weights = np.arange(1, self.users + 1, dtype=np.float64) ** -self.skew
        weights /= weights.sum()
        tastes = np.random.default_rng(self.seed).integers(len(_NAMES), size=(self.users, 2))
        number = 0
        while True:
            for user in rng.choice(self.users, size=4096, p=weights):
                yield self._event(rng, tastes, int(user), f"{run}-{number}")
                number += 1

    def _event(self, rng: np.random.Generator, tastes: NDArray[np.int64], user: int, event_id: str) -> BehaviourEvent:
        subject = (
            int(tastes[user, int(rng.integers(2))]) if rng.random() < _ON_TASTE else int(rng.integers(len(_NAMES)))
        )
        per_subject = max(1, self.items // len(_NAMES))
        # Within a subject a few items draw most of the acts: a power law, as in every real catalogue.
        rank = min(per_subject - 1, int(per_subject * rng.random() ** 2.5))
        item = min(self.items - 1, rank * len(_NAMES) + subject)
        action = _ACTIONS[int(rng.choice(len(_ACTIONS), p=_ACTION_SHARES))]
        value = float(rng.integers(1, 6)) if action is Action.RATING else None
        return BehaviourEvent(event_id, user_id(user), item_id(item), action, 0.0, value)

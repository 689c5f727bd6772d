"""Training: draw batches from the train splits, choose on the validation splits, never look at the test splits."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import msgspec
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from encoders.bridge import Bridge
from encoders.learning.balance import balance_gradients, contributions
from encoders.learning.bank import Bank, make_bank
from encoders.learning.config import TrainConfig
from encoders.learning.dataset import engagements
from encoders.learning.distributed import World
from encoders.learning.features import Features
from encoders.learning.fusion import make_fusion
from encoders.learning.graph import graph_targets
from encoders.learning.learner import Given, Learner
from encoders.learning.logs import Log
from encoders.learning.model import AlignmentModel
from encoders.learning.start import load_bridge, ridge_start
from encoders.learning.state import Progress, State, average_into, weights_of
from encoders.learning.together import pairs_of
from encoders.learning.validate import Held, hold, validate
from encoders.spec import DIMENSION

Report = Callable[[int, int, dict[str, float]], None]  # steps done, of how many, the newest figures
ALONE = World(0, 1, torch.device("cpu"))
CLIP = 1.0  # the gradient's norm


class NothingToLearn(ValueError):
    """The data sets hold no item in their train splits."""


def silent(done: int, steps: int, figures: dict[str, float]) -> None:
    """No progress shown."""


def train(
    config: TrainConfig,
    sets: Sequence[Features],
    progress: Report = silent,
    *,
    bridge: Bridge | None = None,
    folder: Path | None = None,
    resume: bool = False,
    world: World = ALONE,
    stop_after: int | None = None,
) -> AlignmentModel:
    """Train on the sets' train splits and return the model that was best on their validation splits, on the CPU.

    `folder`: where log.csv and checkpoint.pt go (none: nothing is written); `resume` goes on from its checkpoint;
    `stop_after` ends after so many steps, as an interruption would. Equal configuration, data and seed give equal
    weights on one machine. Raises NothingToLearn, WrongCheckpoint, ValueError for names the registries don't have.
    """
    torch.manual_seed(config.seed)
    bank = make_bank(sets, config.duplicates, config.shares, config.texts).to(world.device)
    if not len(bank):
        raise NothingToLearn("no item of these data sets is in a train split; give larger ones by --data")
    acts = [act for features in sets for act in engagements(features.dataset)] if _behaves(config) else []
    row_of = {item_id: row for row, item_id in enumerate(bank.item_ids)}
    wanted = config.item_objectives
    together = pairs_of(acts, row_of, config.seed) if wanted.get("behaviour") else None
    graph = graph_targets(acts, row_of, config.seed).to(world.device) if wanted.get("graph") else None
    given = Given(bank, world, together, graph)
    held = [hold(features, behaviour=_behaves(config)) for features in sets]
    model = _fresh_model(config, bank, bridge or load_bridge()).to(world.device)
    learner = Learner(model, config).to(world.device)
    steps_per_epoch = max(1, math.ceil(len(bank) / config.batch))
    steps = config.epochs * steps_per_epoch
    state = _state(learner, config, steps)
    fingerprint = _fingerprint(config, sets)
    log = Log(folder, resume=resume) if folder is not None and world.first else None
    if resume and folder is not None and state.restore(folder, fingerprint) and log is not None:
        log.keep_until(state.progress.step)
    wrapped: nn.Module = learner
    if world.size > 1:
        wrapped = DistributedDataParallel(learner, find_unused_parameters=True, broadcast_buffers=False)

    while state.progress.step < steps and state.progress.since_best < config.patience:
        figures = _step(wrapped, state, config, given)
        done = state.progress.step
        progress(done, steps, figures)
        if done % (config.evaluate_every * steps_per_epoch) == 0 or done == steps:
            figures |= _evaluate(state, config, held, bank)
            if log is not None:
                log.add(done, figures)
            if folder is not None and world.first:
                state.save(folder, fingerprint)
            progress(done, steps, figures)
        if stop_after is not None and done >= stop_after:
            break
    _put(learner, state.best_weights)
    if config.serve:
        model.fusion = make_fusion(config.serve, DIMENSION)
        model.config = msgspec.structs.replace(model.config, fusion=config.serve)
    return model.cpu().eval()


def _fresh_model(config: TrainConfig, bank: Bank, bridge: Bridge) -> AlignmentModel:
    model = AlignmentModel(config.model, bridge)
    has_picture, has_sound = bank.present[:, 1] > 0, bank.present[:, 2] > 0
    model.standardise(bank.picture[has_picture].cpu().numpy(), bank.sound[has_sound].cpu().numpy())
    if config.ridge > 0:
        ridge_start(model.to(bank.texts.device), bank, config.ridge)
    return model


def _state(learner: Learner, config: TrainConfig, steps: int) -> State:
    bare: list[nn.Parameter] = []
    decayed: list[nn.Parameter] = []
    for name, parameter in learner.named_parameters():
        # Scalars, biases and gates are not drawn to zero: only the heads' matrices are.
        (decayed if parameter.ndim > 1 and name.startswith("model.") else bare).append(parameter)
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": bare, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=config.learning_rate)
    warm = max(1, int(config.warm_up * steps))

    def rate(step: int) -> float:
        """A linear warm-up, then half a cosine down to nothing."""
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    generator = torch.Generator().manual_seed(config.seed)
    weights = weights_of(learner)
    return State(learner, optimiser, schedule, generator, Progress(), weights, weights_of(learner))


def _step(wrapped: nn.Module, state: State, config: TrainConfig, given: Given) -> dict[str, float]:
    bank, world = given.bank, given.world
    learner = cast(Learner, state.learner)
    learner.train()
    count = max(world.size, config.batch // world.size * world.size)
    rows = torch.multinomial(bank.share.cpu(), count, len(bank) < count, generator=state.generator).to(world.device)
    with torch.autocast(world.device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
        loss, figures = cast(tuple[Tensor, dict[str, float]], wrapped(given, rows, state.generator))
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch publishes no type for it
    shares = balance_gradients(learner.model.heads, config.balance)
    nn.utils.clip_grad_norm_(learner.parameters(), CLIP)
    state.optimiser.step()
    state.schedule.step()
    state.progress.step += 1
    # A long average starts short, or the first weights would linger in it.
    average_into(state.averaged, learner, min(config.average, state.progress.step / (state.progress.step + 10)))
    named = {f"gradient {name}": share for name, share in shares.items()}
    return {"loss": float(loss.detach())} | figures | named | learner.temperatures()


def _evaluate(state: State, config: TrainConfig, held: Sequence[Held], bank: Bank) -> dict[str, float]:
    """Measure the averaged weights on the validation splits and keep them if they are the best so far."""
    learner = cast(Learner, state.learner)
    now = weights_of(learner)
    _put(learner, state.averaged)
    with _served(learner.model, config):
        figures = validate(learner.model, held) | _contributions(learner.model, bank)
    _put(learner, now)
    state.progress.history.append(figures)
    if figures["score"] > state.progress.best:
        state.progress.best, state.progress.since_best = figures["score"], 0
        state.best_weights = {name: value.clone() for name, value in state.averaged.items()}
    else:
        state.progress.since_best += 1
    return figures


@contextmanager
def _served(model: AlignmentModel, config: TrainConfig) -> Iterator[None]:
    """Within it the model fuses as it will be served, so that the epoch is chosen by what is used."""
    learned = model.fusion
    if config.serve:
        model.fusion = make_fusion(config.serve, DIMENSION).to(model.centre.device)
    yield
    model.fusion = learned


@torch.no_grad()
def _contributions(model: AlignmentModel, bank: Bank, most: int = 2000) -> dict[str, float]:
    """Over the training items that have more than one modality: what the vector loses without each."""
    rows = torch.nonzero(bank.present.sum(dim=1) > 1).squeeze(1)[:most]
    if not len(rows):
        return {}
    text = bank.draw_texts(rows, torch.Generator().manual_seed(0))
    present, quality = bank.present[rows], bank.quality[rows]
    _, parts = model(text, bank.picture[rows], bank.classes[rows], bank.sound[rows], bank.tags[rows], present, quality)
    found = contributions(model.fusion, parts, present, quality)
    return {f"contribution {name}": value for name, value in found.items()}


def _put(learner: nn.Module, weights: dict[str, Tensor]) -> None:
    learner.load_state_dict(weights)


def _behaves(config: TrainConfig) -> bool:
    """Whether anything is learned from what users did."""
    return any(config.item_objectives.get(name) for name in ("behaviour", "graph"))


def _fingerprint(config: TrainConfig, sets: Sequence[Features]) -> str:
    digest = hashlib.sha256(msgspec.json.encode(config, order="deterministic"))
    for features in sets:
        digest.update(f"{features.name} {len(features)} ".encode() + "\n".join(features.item_ids).encode())
    return digest.hexdigest()

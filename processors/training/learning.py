"""Learning: the loss, a step of AdamW (Loshchilov & Hutter 2019), and checkpoints to go on from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from safetensors.numpy import load_file, save_file

from processors.extraction.trained.arrays import Arrays
from processors.training import network
from processors.training.batches import Wanted
from processors.training.network import Array, Params

RATE = 2e-4  # learning rate of the encoder at its height
_HEADS = 4.0  # how much faster the heads learn
_DECAY, _CLIP = 0.01, 1.0
_DROPPED = 0.1  # share of a pair's state that a step has to do without
_COUNTS = ("step", "sequences", "seconds")
_ATTRIBUTE = 0.25  # weight of modality, claim and either end of the evidence beside the types


@dataclass
class State:
    """All that changes while learning."""

    params: Params
    optimizer: optax.OptState
    step: int
    sequences: int  # learnt from so far
    seconds: float  # spent so far


def start(params: Params) -> State:
    """The state before the first step."""
    params = jax.tree.map(jnp.asarray, params)
    return State(params, _optimizer().init(params), 0, 0, 0.0)


def rate(progress: float) -> float:
    """The learning rate at a progress from 0 to 1: up for a twentieth, then down in a line."""
    warm = 0.05
    return RATE * (progress / warm if progress < warm else max(0.0, (1 - progress) / (1 - warm)))


def step(state: State, words: Array, arrays: Arrays, wanted: Wanted, progress: float) -> dict[str, float]:
    """One step; changes the state and returns the parts of the loss, each per sequence."""
    key = jax.random.fold_in(jax.random.key(0), state.step)
    size = (arrays["ids"].shape[0], 1, state.params["heads"]["types"]["w"].shape[0])
    kept = jax.random.bernoulli(key, 1 - _DROPPED, size) / (1 - _DROPPED)
    state.params, state.optimizer, parts = _update(
        state.params, state.optimizer, words, {**arrays, **wanted}, kept, rate(progress)
    )
    state.step += 1
    state.sequences += arrays["ids"].shape[0]
    return {name: float(value) for name, value in parts.items()}


def save(state: State, path: Path) -> None:
    """Write the state; a file that is there is replaced as a whole."""
    leaves = jax.tree.leaves((state.params, state.optimizer))
    tensors = {f"{n:04}": np.asarray(leaf) for n, leaf in enumerate(leaves)}
    for name in _COUNTS:
        tensors[name] = np.array([getattr(state, name)])
    new = path.with_suffix(".new")
    save_file(tensors, new)
    new.replace(path)


def load(params: Params, path: Path) -> State:
    """The state of a file; `params` tells its shape."""
    tensors = load_file(path)
    empty = start(params)
    names, tree = jax.tree.flatten((empty.params, empty.optimizer))
    found, optimizer = jax.tree.unflatten(tree, [jnp.asarray(tensors[f"{n:04}"]) for n in range(len(names))])
    return State(found, optimizer, *(tensors[name][0].item() for name in _COUNTS))


def _optimizer() -> optax.GradientTransformation:
    def matrices(params: Params) -> Params:
        is_matrix: Params = jax.tree.map(lambda leaf: leaf.ndim > 1, params)
        return is_matrix

    return optax.chain(
        optax.clip_by_global_norm(_CLIP),
        optax.scale_by_adam(b2=0.99),
        optax.add_decayed_weights(_DECAY, mask=matrices),
    )


@partial(jax.jit, donate_argnums=(0, 1))
def _update(  # noqa: PLR0913, PLR0917 - arrays, for JAX to compile with
    params: Params, optimizer: optax.OptState, words: Array, batch: Mapping[str, Array], kept: Array, rate: Array
) -> tuple[Params, optax.OptState, dict[str, Array]]:
    (_, parts), gradient = jax.value_and_grad(_loss, has_aux=True)(params, words, batch, kept)
    change, optimizer = _optimizer().update(gradient, optimizer, params)
    slow = {name: jax.tree.map(lambda c: -rate * c, part) for name, part in change.items() if name != "heads"}
    fast = jax.tree.map(lambda c: -rate * _HEADS * c, change["heads"])
    return optax.apply_updates(params, {**slow, "heads": fast}), optimizer, parts


def _loss(params: Params, words: Array, batch: Mapping[str, Array], kept: Array) -> tuple[Array, dict[str, Array]]:
    size = batch["ids"].shape[0]
    said = network.answer(params["heads"], network.encode(params, words, batch), batch, kept)
    weight = batch["weight"]
    parts = {"types": (optax.sigmoid_binary_cross_entropy(said["types"], batch["right"]) * weight).sum() / size}
    for name in ("modality", "claim", "first", "last"):
        known = batch[name] >= 0
        losses = optax.softmax_cross_entropy_with_integer_labels(said[name], jnp.maximum(batch[name], 0))
        parts[name] = (losses * known * weight).sum() / size
    total = parts["types"] + _ATTRIBUTE * (parts["modality"] + parts["claim"] + parts["first"] + parts["last"])
    return total, parts

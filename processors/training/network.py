"""The reader's network in JAX: a BERT encoder (Devlin et al. 2019) of MiniLM's size and heads for holder and target.

Shapes: B sequences, L tokens, T targets, D = 384 wide, Y = 16 types.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from processors.extraction.trained.encoding import FEATURES, HOLDER, MARKERS, TYPES
from processors.extraction.trained.reader import CLAIMS, MODALITIES

LAYERS, HEADS, WIDE = 6, 12, 384
_EPSILON = 1e-12
_PAIR, _TYPED, SPAN = 384, 96, 64  # width of a pair's state, of a pair with a type, of a span's key
_LIKE = (
    0,
    2605,
    2762,
    3304,
    3577,
    3607,
    2859,
    2900,
    2634,
    2710,
    4380,
    5279,
)  # france, germany, italy, ...: names the encoder knows
_RARE = -4.0  # most pairs have no stance: the bias the types begin with


Array = jax.Array
Params = dict[str, Any]
Floats = npt.NDArray[np.float32]


def begin(weights: Mapping[str, Floats], seed: int) -> Params:
    """The parameters to begin with: the encoder as published, markers from names of countries, heads at random.

    Args:
        weights: the published encoder's, by their names there.
        seed: of the random ones.
    """
    rng = np.random.default_rng(seed)
    words = weights["embeddings.word_embeddings.weight"]

    def noise(*shape: int, deviation: float) -> Floats:
        return rng.normal(0, deviation, shape).astype(np.float32)

    def dense(inner: int, outer: int) -> Params:
        return {"w": noise(inner, outer, deviation=inner**-0.5), "b": np.zeros(outer, np.float32)}

    return {
        "markers": words[list(_LIKE)],
        "features": noise(FEATURES, WIDE, deviation=float(words.std()) / 4),
        "positions": weights["embeddings.position_embeddings.weight"][:128],
        "kinds": weights["embeddings.token_type_embeddings.weight"],
        "norm": _norm(weights, "embeddings"),
        "layers": [_layer(weights, f"encoder.layer.{n}") for n in range(LAYERS)],
        "heads": {
            "pair": dense(5 * WIDE, _PAIR),
            "types": {"w": noise(_PAIR, len(TYPES), deviation=0.02), "b": np.full(len(TYPES), _RARE, np.float32)},
            "typed": dense(_PAIR, _TYPED),
            "of_type": noise(len(TYPES), _TYPED, deviation=0.5),
            "modality": dense(_TYPED, len(MODALITIES)),
            "claim": dense(_TYPED, len(CLAIMS)),
            "ends": dense(_TYPED, 2 * SPAN),
            "keys": dense(WIDE, 2 * SPAN),
        },
    }


def encode(params: Params, words: Array, batch: Mapping[str, Array]) -> Array:
    """The state of every token, B L D."""
    ids = batch["ids"]
    is_marker = ((ids >= HOLDER) & (ids < MARKERS))[..., None]
    found = jnp.where(is_marker, params["markers"][jnp.clip(ids, 0, MARKERS - 1)], words[ids])
    found = found + params["positions"][: ids.shape[1]] + params["kinds"][batch["current"]]
    found = _normalise(found + batch["features"] @ params["features"], params["norm"])
    bias = (batch["attended"] - 1)[:, None, None, :] * 1e4
    for layer in params["layers"]:
        found = _block(found, bias, layer)
    return found


def answer(heads: Params, states: Array, batch: Mapping[str, Array], kept: Array | None = None) -> dict[str, Array]:
    """What the heads say of each target, as logits.

    Args:
        heads: their parameters.
        states: B L D.
        batch: its `listed`, `named`, `current` and `attended`.
        kept: B 1 P, dropout's mask of the pairs' states; None outside of training.

    Returns:
        types B T Y; modality B T Y 8; claim B T Y 3; first and last, B T Y L: where the evidence begins and ends.
    """
    listed, named = batch["listed"] @ states, batch["named"] @ states
    holder, target = named[:, :1], named[:, 1:]
    one = jnp.broadcast_to(jnp.concatenate([listed[:, :1], holder], -1), (*target.shape[:2], 2 * WIDE))
    pair = jax.nn.gelu(_dense(jnp.concatenate([listed[:, 1:], target, one, holder * target], -1), heads["pair"]))
    if kept is not None:
        pair = pair * kept
    typed = jax.nn.gelu(_dense(pair, heads["typed"])[:, :, None] + heads["of_type"])
    ends, keys = _dense(typed, heads["ends"]), _dense(states, heads["keys"])
    outside = (batch["current"] * batch["attended"] - 1)[:, None, None, :] * 1e4
    return {
        "types": _dense(pair, heads["types"]),
        "modality": _dense(typed, heads["modality"]),
        "claim": _dense(typed, heads["claim"]),
        "first": jnp.einsum("btyk,blk->btyl", ends[..., :SPAN], keys[..., :SPAN]) * SPAN**-0.5 + outside,
        "last": jnp.einsum("btyk,blk->btyl", ends[..., SPAN:], keys[..., SPAN:]) * SPAN**-0.5 + outside,
    }


def _block(found: Array, bias: Array, layer: Params) -> Array:
    size = WIDE // HEADS
    batch, length, _ = found.shape
    mixed = _dense(found, layer["qkv"]).reshape(batch, length, 3, HEADS, size).transpose(2, 0, 3, 1, 4)
    query, key, value = mixed[0], mixed[1], mixed[2]
    weight = jax.nn.softmax(query @ key.swapaxes(-1, -2) * size**-0.5 + bias, -1)
    attended = (weight @ value).transpose(0, 2, 1, 3).reshape(batch, length, WIDE)
    found = _normalise(found + _dense(attended, layer["out"]), layer["norm1"])
    grown = jax.nn.gelu(_dense(found, layer["up"]), approximate=False)
    return _normalise(found + _dense(grown, layer["down"]), layer["norm2"])


def _dense(found: Array, layer: Params) -> Array:
    weight, bias = _pair(layer)
    return found @ weight + bias


def _normalise(found: Array, layer: Params) -> Array:
    mean = found.mean(-1, keepdims=True)
    variance = jnp.square(found - mean).mean(-1, keepdims=True)
    weight, bias = _pair(layer)
    return (found - mean) * jax.lax.rsqrt(variance + _EPSILON) * weight + bias


def _pair(layer: Params) -> tuple[Array, Array]:
    return layer["w"], layer["b"]


def _layer(weights: Mapping[str, Floats], name: str) -> Params:
    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    return {
        "qkv": {
            "w": np.concatenate([weights[f"{p}.weight"].T for p in parts], 1),
            "b": np.concatenate([weights[f"{p}.bias"] for p in parts]),
        },
        "out": _linear(weights, f"{name}.attention.output.dense"),
        "norm1": _norm(weights, f"{name}.attention.output"),
        "up": _linear(weights, f"{name}.intermediate.dense"),
        "down": _linear(weights, f"{name}.output.dense"),
        "norm2": _norm(weights, f"{name}.output"),
    }


def _linear(weights: Mapping[str, Floats], name: str) -> Params:
    return {"w": np.ascontiguousarray(weights[f"{name}.weight"].T), "b": weights[f"{name}.bias"]}


def _norm(weights: Mapping[str, Floats], name: str) -> Params:
    return {"w": weights[f"{name}.LayerNorm.weight"], "b": weights[f"{name}.LayerNorm.bias"]}

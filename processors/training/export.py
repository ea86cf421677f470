"""The trained network as an ONNX graph, its weights in eight bits, checked against JAX."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from processors.extraction.trained.arrays import Arrays
from processors.extraction.trained.encoding import FEATURES, HOLDER, MARKERS, TYPES
from processors.extraction.trained.reader import CLAIMS, MODALITIES, MODEL
from processors.training import network
from processors.training.network import HEADS, SPAN, WIDE, Floats, Params

_OPSET = 17
_EACH = ("B", "T", len(TYPES))
_INPUTS: dict[str, Sequence[str | int]] = {
    "ids": ("B", "L"),
    "current": ("B", "L"),
    "attended": ("B", "L"),
    "features": ("B", "L", FEATURES),
    "listed": ("B", "A", "L"),
    "named": ("B", "A", "L"),
}
_ANSWERS: dict[str, Sequence[str | int]] = {
    "types": _EACH,
    "modality": (*_EACH, len(MODALITIES)),
    "claim": (*_EACH, len(CLAIMS)),
    "first": (*_EACH, "L"),
    "last": (*_EACH, "L"),
}
_WHOLE = frozenset({"ids", "current"})  # whole numbers; everything else is a float
_FAR = 1e4  # taken from logits that must not win


class _Graph:
    """An ONNX graph under construction; values go by name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, array: np.ndarray, name: str | None = None) -> str:
        name = name or f"constant{len(self.constants)}"
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def number(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def shape(self, *sizes: int) -> str:
        return self.constant(np.array(sizes, np.int64))

    def add(
        self,
        operator: str,
        *inputs: str,
        out: str | None = None,
        **attributes: Any,  # noqa: ANN401 - whatever the operator takes
    ) -> str:
        out = out or f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [out], **attributes))
        return out

    def dense(self, found: str, layer: Params, out: str | None = None) -> str:
        product = self.add("MatMul", found, self.constant(np.asarray(layer["w"])))
        return self.add("Add", product, self.constant(np.asarray(layer["b"])), out=out)

    def norm(self, found: str, layer: Params) -> str:
        weight, bias = (self.constant(np.asarray(layer[k])) for k in ("w", "b"))
        return self.add("LayerNormalization", found, weight, bias, axis=-1, epsilon=1e-12)

    def gelu(self, found: str) -> str:
        scaled = self.add("Div", found, self.number(2**0.5))
        grown = self.add("Add", self.add("Erf", scaled), self.number(1))
        return self.add("Mul", self.add("Mul", found, grown), self.number(0.5))

    def split(self, found: str, parts: int, axis: int) -> list[str]:
        names = [f"{found}_{n}" for n in range(parts)]
        self.nodes.append(helper.make_node("Split", [found], names, axis=axis))
        return names


def graph(params: Params, words: Floats) -> onnx.ModelProto:
    """The network as a graph; its inputs are those of `Arrays`, its outputs logits.

    Args:
        params: the network's parameters.
        words: the encoder's word embeddings; the markers replace the unused ones.
    """
    table = np.array(words)
    table[HOLDER:MARKERS] = np.asarray(params["markers"])[HOLDER:]
    build = _Graph()
    states = _encoder(build, params, table)
    _heads(build, params["heads"], states)
    made = helper.make_graph(
        build.nodes,
        "reader",
        [_value(name, sizes) for name, sizes in _INPUTS.items()],
        [_value(name, sizes) for name, sizes in _ANSWERS.items()],
        list(build.constants.values()),
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def _value(name: str, sizes: Sequence[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.INT32 if name in _WHOLE else TensorProto.FLOAT, sizes)


def write(params: Params, words: Floats, folder: Path) -> None:
    """Write the graph with weights in eight bits."""
    with TemporaryDirectory() as scratch:
        whole = Path(scratch) / MODEL
        onnx.save(graph(params, words), whole)
        quantize_dynamic(
            whole, folder / MODEL, op_types_to_quantize=["MatMul", "Gather"], per_channel=True, reduce_range=True,
            weight_type=QuantType.QInt8, extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip


def difference(params: Params, words: Floats, samples: Sequence[Arrays], model: bytes | str) -> float:
    """The largest difference of a type's probability between JAX and the graph, 0 to 1."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    worst = 0.0
    for arrays in samples:
        batch = {name: jnp.asarray(values) for name, values in arrays.items()}
        states = network.encode(params, jnp.asarray(words), batch)
        right = np.asarray(network.answer(params["heads"], states, batch)["types"])
        (found,) = session.run(["types"], dict(arrays))
        worst = max(worst, float(np.abs(_probability(right) - _probability(found)).max()))
    return worst


def _probability(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def _encoder(build: _Graph, params: Params, table: Floats) -> str:
    length = build.add("Shape", "ids", start=1, end=2)
    zero = build.constant(np.array([0], np.int64))
    positions = build.add("Slice", build.constant(np.asarray(params["positions"])), zero, length, zero)
    found = build.add("Add", build.add("Gather", build.constant(table, "words"), "ids"), positions)
    # Two rows: a product does what looking up would.
    first, second = np.asarray(params["kinds"])
    inside = build.add("Unsqueeze", build.add("Cast", "current", to=TensorProto.FLOAT), build.shape(-1))
    found = build.add("Add", found, build.add("Mul", inside, build.constant(second - first)))
    found = build.add("Add", found, build.constant(first))
    told = build.add("MatMul", "features", build.constant(np.asarray(params["features"])))
    found = build.norm(build.add("Add", found, told), params["norm"])
    away = build.add("Mul", build.add("Sub", "attended", build.number(1)), build.number(_FAR))
    bias = build.add("Unsqueeze", away, build.shape(1, 2))
    for layer in params["layers"]:
        found = _block(build, found, bias, layer)
    return found


def _block(build: _Graph, found: str, bias: str, layer: Params) -> str:
    size = WIDE // HEADS
    apart = build.add("Reshape", build.dense(found, layer["qkv"]), build.shape(0, 0, 3, HEADS, size))
    query, key, value = (
        build.add("Squeeze", part, build.shape(0))
        for part in build.split(build.add("Transpose", apart, perm=[2, 0, 3, 1, 4]), 3, 0)
    )
    score = build.add("MatMul", query, build.add("Transpose", key, perm=[0, 1, 3, 2]))
    score = build.add("Add", build.add("Mul", score, build.number(size**-0.5)), bias)
    mixed = build.add("MatMul", build.add("Softmax", score, axis=-1), value)
    mixed = build.add("Reshape", build.add("Transpose", mixed, perm=[0, 2, 1, 3]), build.shape(0, 0, WIDE))
    found = build.norm(build.add("Add", found, build.dense(mixed, layer["out"])), layer["norm1"])
    grown = build.dense(build.gelu(build.dense(found, layer["up"])), layer["down"])
    return build.norm(build.add("Add", found, grown), layer["norm2"])


def _heads(build: _Graph, heads: Params, states: str) -> None:
    rows = [build.add("MatMul", name, states) for name in ("listed", "named")]
    zero, one, most, axis = (build.shape(n) for n in (0, 1, 2**31 - 1, 1))
    holder_listed, holder = (build.add("Slice", row, zero, one, axis) for row in rows)
    target_listed, target = (build.add("Slice", row, one, most, axis) for row in rows)
    both = build.add("Concat", holder_listed, holder, axis=-1)
    wide = build.add("Expand", both, build.add("Concat", *_sizes(build, target), build.shape(2 * WIDE), axis=0))
    product = build.add("Mul", holder, target)
    joined = build.add("Concat", target_listed, target, wide, product, axis=-1)
    pair = _tanh_gelu(build, build.dense(joined, heads["pair"]))
    build.dense(pair, heads["types"], out="types")
    spread = build.add("Unsqueeze", build.dense(pair, heads["typed"]), build.shape(2))
    typed = _tanh_gelu(build, build.add("Add", spread, build.constant(np.asarray(heads["of_type"]))))
    build.dense(typed, heads["modality"], out="modality")
    build.dense(typed, heads["claim"], out="claim")
    inside = build.add("Mul", build.add("Cast", "current", to=TensorProto.FLOAT), "attended")
    away = build.add("Mul", build.add("Sub", inside, build.number(1)), build.number(_FAR))
    outside = build.add("Unsqueeze", away, build.shape(1, 2))
    ends = build.split(build.dense(typed, heads["ends"]), 2, -1)
    keys = build.split(build.dense(states, heads["keys"]), 2, -1)
    for name, end, key in zip(("first", "last"), ends, keys, strict=True):
        turned = build.add("Unsqueeze", build.add("Transpose", key, perm=[0, 2, 1]), build.shape(1))
        score = build.add("Mul", build.add("MatMul", end, turned), build.number(SPAN**-0.5))
        build.add("Add", score, outside, out=name)


def _sizes(build: _Graph, found: str) -> list[str]:
    """How many sequences, how many targets."""
    return [build.add("Shape", found, start=n, end=n + 1) for n in (0, 1)]


def _tanh_gelu(build: _Graph, found: str) -> str:
    """As `jax.nn.gelu` has it by default."""
    cube = build.add("Mul", build.add("Mul", found, found), found)
    inner = build.add("Add", found, build.add("Mul", cube, build.number(0.044715)))
    grown = build.add("Tanh", build.add("Mul", inner, build.number((2 / np.pi) ** 0.5)))
    half = build.add("Mul", found, build.number(0.5))
    return build.add("Mul", half, build.add("Add", grown, build.number(1)))

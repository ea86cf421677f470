"""Encoded questions as the arrays that the network takes."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from processors.extraction.trained.encoding import FEATURES, MAX_TARGETS, Encoded

Floats = npt.NDArray[np.float32]


class Arrays(TypedDict):
    """B sequences of at most L tokens, with room for T targets."""

    ids: npt.NDArray[np.int32]  # B L
    current: npt.NDArray[np.int32]  # B L: 1 in the sentence
    attended: Floats  # B L: 1 at tokens, 0 at padding
    features: Floats  # B L F
    listed: Floats  # B T+1 L: where the holder and the targets are listed
    named: Floats  # B T+1 L: where they are named, each row a mean


def collate(encoded: Sequence[Encoded], length: int, targets: int = MAX_TARGETS) -> Arrays:
    """The arrays of some sequences, padded to a length.

    Args:
        encoded: the sequences, none longer than the length.
        length: L.
        targets: T, no less than any of them has.
    """
    size = len(encoded)
    found = Arrays(
        ids=np.zeros((size, length), np.int32),
        current=np.zeros((size, length), np.int32),
        attended=np.zeros((size, length), np.float32),
        features=np.zeros((size, length, FEATURES), np.float32),
        listed=np.zeros((size, targets + 1, length), np.float32),
        named=np.zeros((size, targets + 1, length), np.float32),
    )
    for row, one in enumerate(encoded):
        end = len(one.ids)
        found["ids"][row, :end] = one.ids
        found["current"][row, one.current : end - 1] = 1
        found["attended"][row, :end] = 1
        for position, feature in one.features:
            found["features"][row, position, feature] = 1
        for actor, places in enumerate(one.places):
            found["listed"][row, actor, 1 + actor] = 1
            found["named"][row, actor, places] = 1 / len(places)
    return found

"""How far to trust the reader and the rules: a ridge logistic regression on articles that neither has learnt from."""

from collections.abc import Mapping, Sequence

import numpy as np

from processors.training.assemble import Calibration

_RIDGE = 6.0  # penalty of all weights but the bias and the reader's own probability
_FREE = ("bias", "probability")
_ROUNDS = 30  # of Newton's method; it has long converged then


def fit(features: Sequence[Mapping[str, float]], right: Sequence[bool]) -> Calibration:
    """The weights with the largest likelihood, by iteratively reweighted least squares; the threshold is left at 0.

    Args:
        features: of each case.
        right: whether the case is a stance that the article reports.
    """
    names = sorted({name for each in features for name in each})
    matrix = np.array([[each.get(name, 0.0) for name in names] for each in features])
    wanted = np.array(right, dtype=float)
    penalty = np.diag([1e-6 if name in _FREE else _RIDGE for name in names])
    weights = np.zeros(len(names))
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-matrix @ weights))
        slope = matrix.T @ (wanted - likely) - penalty @ weights
        curve = (matrix.T * (likely * (1 - likely))) @ matrix + penalty
        weights += np.linalg.solve(curve, slope)
    return Calibration({name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}, 0.0)

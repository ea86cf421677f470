"""How far to trust the reader and the rules: a ridge logistic regression on articles that neither has learnt from."""

from collections.abc import Mapping, Sequence

import numpy as np

from processors.extraction.trained.assemble import BIAS, Calibration

_RIDGE = 6.0  # penalty of all weights but the bias and the reader's own probability
_FREE = (BIAS, "probability")
_UNLIKELY = -2.0  # log odds; what is never told does not bear on the scale
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


def rescale(fitted: Calibration, features: Sequence[Mapping[str, float]], right: Sequence[bool]) -> Calibration:
    """The same order of confidence on the scale of another question (Platt 1999), fitted on all but the unlikely.

    Args:
        fitted: what orders the cases.
        features: of each case.
        right: the answer to the other question.
    """
    odds = [fitted.log_odds(each) for each in features]
    likely = [(o, r) for o, r in zip(odds, right, strict=True) if o > _UNLIKELY]
    scaled = fit([{BIAS: 1.0, "probability": o} for o, _ in likely], [r for _, r in likely]).weights
    weights = {name: round(weight * scaled["probability"], 4) for name, weight in fitted.weights.items()}
    return Calibration({**weights, BIAS: round(weights[BIAS] + scaled[BIAS], 4)}, fitted.threshold)

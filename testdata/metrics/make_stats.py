"""Writes reference values of the statistics: statistics.json.

    python make_stats.py        # needs numpy, scipy, statsmodels
"""
import json
import pathlib

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(3)


def spearman(x, y):
    r = stats.spearmanr(x, y)
    n = len(x)
    half = stats.norm.ppf(0.975) * np.sqrt((1 + r.statistic**2 / 2) / (n - 3))
    z = np.arctanh(r.statistic)
    return dict(x=list(map(float, x)), y=list(map(float, y)), rho=r.statistic, p=r.pvalue, low=np.tanh(z - half), high=np.tanh(z + half))


def accuracy_difference(a, b, axis):
    return np.mean(a, axis=axis) - np.mean(b, axis=axis)


def f1(rows, axis):
    """rows [..., 3, n] of correct, predicted, gold."""
    correct, predicted, gold = np.moveaxis(rows.sum(axis=-1), -1, 0)
    return 2 * correct / (predicted + gold)


def paired(a, b):
    """All exchanges of the two methods' counts, by scipy for accuracy and spelt out for F1."""
    a, b = np.array(a), np.array(b)
    r = stats.permutation_test((a[:, 0], b[:, 0]), accuracy_difference, permutation_type="samples", n_resamples=np.inf, alternative="two-sided")
    n = len(a)
    swap = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    swap = swap[:, None, :].astype(bool)
    first, second = np.where(swap, b.T, a.T), np.where(swap, a.T, b.T)
    difference = np.abs(f1(first, -1) - f1(second, -1))
    return dict(a=a.tolist(), b=b.tolist(), accuracy_p=r.pvalue, f1_p=float(np.mean(difference >= difference[0] - 1e-12)))


def counts(n):
    gold = rng.integers(1, 4, n)
    predicted = rng.integers(1, 4, n)
    correct = np.minimum(gold, predicted) - (rng.random(n) < 0.5)
    return np.stack([correct, predicted, gold], 1).tolist()


x = rng.normal(size=24)
p = [0.01, 0.04, 0.03, 0.005, 0.04, 0.9]
correct = (rng.random(300) < 0.7).astype(int)
boot = stats.bootstrap((correct,), np.mean, n_resamples=20000, method="percentile", rng=np.random.default_rng(1)).confidence_interval
values = rng.normal(size=17)
seeds = [0.61, 0.64, 0.6]
json.dump({
    "spearman": [spearman(x, x + rng.normal(size=24)), spearman([1, 2, 2, 3, 5, 5, 5], [3, 1, 4, 4, 9, 2, 6]), spearman([4, 3, 2, 1], [1, 2, 4, 3])],
    "paired": [paired(counts(10), counts(10)), paired(*(lambda c: (c, [[r[0] - (i % 2), *r[1:]] for i, r in enumerate(c)]))(counts(12)))],
    "holm": {"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()},
    "bootstrap": {"correct": correct.tolist(), "low": boot.low, "high": boot.high},
    "quantile": {"values": sorted(values.tolist()), "q": [0, 0.025, 0.3, 0.5, 0.975, 1], "want": np.quantile(values, [0, 0.025, 0.3, 0.5, 0.975, 1]).tolist()},
    "spread": {"values": seeds, "mean": float(np.mean(seeds)), "sd": float(np.std(seeds, ddof=1))},
}, open(HERE / "statistics.json", "w"))

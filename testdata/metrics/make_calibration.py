"""Writes reference temperatures and expected calibration errors: calibration.json.

    python make_calibration.py

Needs numpy and scipy. The temperature is a root of the derivative of the mean negative log-likelihood by 1/temperature.
"""
import json
import pathlib

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_softmax, softmax

BINS = 15


def ece(logits, gold, temperature):
    p = softmax(logits / temperature, axis=1)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == gold
    edges = np.arange(BINS + 1) / BINS
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def nll(logits, gold, temperature):
    return -log_softmax(logits / temperature, axis=1)[np.arange(len(gold)), gold].mean()


def fit(logits, gold):
    rows = np.arange(len(gold))
    slope = lambda inverse: ((softmax(logits * inverse, axis=1) * logits).sum(axis=1) - logits[rows, gold]).mean()
    temperature = 1 / brentq(slope, 0.01, 100, xtol=1e-16, rtol=4 * np.finfo(float).eps)
    assert all(nll(logits, gold, temperature) < nll(logits, gold, temperature * by) for by in (0.999, 1.001))
    return temperature


cases = []
for seed, labels, rows, sharp in (1, 3, 200, 6), (2, 17, 300, 5), (3, 2, 60, 0.3):
    rng = np.random.default_rng(seed)
    true = rng.normal(size=(rows, labels)) * 2
    gold = np.array([rng.choice(labels, p=p) for p in softmax(true, axis=1)])
    logits = (true * sharp / 2).round(4)  # too sure, or not sure enough
    t = fit(logits, gold)
    cases.append(dict(logits=logits.tolist(), gold=gold.tolist(), temperature=t, ece=ece(logits, gold, 1), scaled=ece(logits, gold, t)))
(pathlib.Path(__file__).parent / "calibration.json").write_text(json.dumps(cases) + "\n")

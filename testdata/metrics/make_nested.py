"""Writes reference values of what is computed from draws: nested.json.

    python make_nested.py        # needs numpy
"""
import json
import pathlib

import numpy as np

import resample

rng = np.random.default_rng(7)
ROUNDS, LEVEL, SEED = 300, 0.95, 5


def sample(examples, runs):
    """Counts [examples, runs, 3] of the entities of sentences."""
    gold = rng.integers(0, 5, (examples, 1)).repeat(runs, axis=1)
    predicted = np.maximum(0, gold + rng.integers(-1, 2, (examples, runs)))
    correct = (np.minimum(gold, predicted) * rng.random((examples, runs))).round().astype(int)
    return np.stack([correct, predicted, gold], axis=-1)


def case(sizes, parallel):
    samples = [sample(n, 5) for n in sizes]  # runs 0 to 2 are a method's, 3 and 4 another's
    nested = resample.Nested(samples, parallel, ROUNDS, LEVEL, SEED)
    three, two, other = [[[0, 1, 2]] * 4, [[0, 2]] * 4, [[3, 4]] * 4]
    others = [1, 2, 3]
    estimates = [
        dict(of=three, minus=None, fixed=[1], fixed_weight=1.0, drawn=[], drawn_weight=0.0),
        dict(of=two, minus=other, fixed=[2], fixed_weight=1.0, drawn=[], drawn_weight=0.0),
        dict(of=three, minus=None, fixed=[], fixed_weight=0.0, drawn=others, drawn_weight=1.0),
        dict(of=two, minus=other, fixed=[], fixed_weight=0.0, drawn=others, drawn_weight=1.0),
        dict(of=three, minus=None, fixed=[0], fixed_weight=0.25, drawn=others, drawn_weight=0.75),
        dict(of=three, minus=None, fixed=[0], fixed_weight=1.0, drawn=others, drawn_weight=-1.0),
        dict(of=three, minus=None, fixed=[0, 1], fixed_weight=0.5, drawn=[2, 3], drawn_weight=0.5),
    ]
    want = [nested.interval(**e) for e in estimates]
    return dict(samples=[s.transpose(1, 0, 2).tolist() for s in samples], parallel=parallel, estimates=estimates, want=want)


def pairs(n):
    a, b = sample(n, 2).transpose(1, 0, 2)
    return dict(a=a.tolist(), b=b.tolist(), p=resample.paired_test(a, b, 999, SEED))


scores = rng.random(9).tolist()
json.dump({
    "rounds": ROUNDS, "level": LEVEL, "seed": SEED,
    "values": [str(v) for v in resample.values((1, 2, 2**64 - 1), 5)[0]],
    "below": resample.below((1, 2, 3), 8, 1000)[0].tolist(),
    "cases": [case([20, 31, 17, 25], False), case([24, 24, 24, 24], True), case([24, 24, 23, 24], True)],
    "paired": [pairs(60), pairs(200)],
    "mean": {"scores": scores, "want": resample.mean_interval(scores, ROUNDS, LEVEL, SEED)},
}, open(pathlib.Path(__file__).parent / "nested.json", "w"))

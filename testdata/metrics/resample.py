"""The draws of internal/stats in numpy, and what is computed from them: the hierarchical bootstrap and the paired randomisation test.

Written from the description in internal/stats/random.go, to check the other; no random state but the key of each draw.
"""
import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
EXAMPLES, SEEDS, LANGUAGES, COINS = 1, 2, 3, 4


def mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def values(words, n):
    """The first n values of the stream of each key; words are numbers or arrays of one length: [keys, n]."""
    key = np.zeros(1, np.uint64)
    for w in words:
        key = mix((key ^ np.asarray(w, np.uint64)) + GOLDEN)
    with np.errstate(over="ignore"):
        return mix(key[:, None] + np.arange(1, n + 1, dtype=np.uint64) * GOLDEN)


def below(words, n, limit):
    """n numbers below limit for each key."""
    return ((values(words, n) >> np.uint64(32)) * np.uint64(limit) >> np.uint64(32)).astype(np.int64)


def f1(correct, total):
    """total is predicted + gold."""
    return np.divide(2.0 * correct, total, out=np.zeros(np.broadcast(correct, total).shape), where=total > 0)


def quantiles(rounds, level):
    return [float(q) for q in np.quantile(rounds, [(1 - level) / 2, (1 + level) / 2])]


def mean_interval(scores, rounds, level, seed):
    """Of a mean over languages of which one value each is known."""
    scores = np.asarray(scores, float)
    drawn = below((seed, LANGUAGES, np.arange(rounds)), len(scores), len(scores))
    return quantiles(scores[drawn].mean(axis=1), level)


class Nested:
    """samples[language]: counts [examples, runs, 3] of correct, predicted, gold, or None."""

    def __init__(self, samples, parallel, rounds, level, seed):
        self.samples, self.rounds, self.level, self.seed = samples, rounds, level, seed
        sizes = {len(s) for s in samples if s is not None}
        self.shared = parallel and len(sizes) == 1
        self.known = {}

    def scores(self, language, before):
        """F1 of every run on the examples that each round draws of a language drawn before so often: [rounds, runs]."""
        before = 0 if self.shared else before
        if (language, before) not in self.known:
            sample = self.samples[language]
            n = len(sample)
            flat = np.stack([sample[..., 0], sample[..., 1] + sample[..., 2]]).astype(float)  # [2, examples, runs]
            out = np.empty((self.rounds, sample.shape[1]))
            for start in range(0, self.rounds, 100):
                r = np.arange(start, min(start + 100, self.rounds))
                examples = below((self.seed, EXAMPLES, r, 0 if self.shared else 1 + language, before), n, n)
                times = np.bincount((examples + np.arange(len(r))[:, None] * n).ravel(), minlength=len(r) * n).reshape(len(r), n).astype(float)
                out[r] = f1(times @ flat[0], times @ flat[1])
            self.known[language, before] = out
        return self.known[language, before]

    def score(self, of, minus, language, before):
        """The mean over the drawn seeds, or of the differences to another method's: [rounds]."""
        runs = np.array(of[language])
        scores = self.scores(language, before)
        drawn = below((self.seed, SEEDS, np.arange(self.rounds)), len(runs), len(runs))
        rounds = np.arange(self.rounds)[:, None]
        out = scores[rounds, runs[drawn]]
        if minus is not None:
            out = out - scores[rounds, np.array(minus[language])[drawn]]
        return out.mean(axis=1)

    def over(self, of, minus, languages):
        """The mean over drawn languages."""
        drawn = below((self.seed, LANGUAGES, np.arange(self.rounds)), len(languages), len(languages))
        total, times = np.zeros(self.rounds), np.zeros((self.rounds, len(languages)), int)
        for slot in range(len(languages)):
            at = drawn[:, slot]
            for k, language in enumerate(languages):
                for before in np.unique(times[at == k, k]):
                    these = (at == k) & (times[:, k] == before)
                    total[these] += self.score(of, minus, language, int(before))[these]
            times[np.arange(self.rounds), at] += 1
        return total / len(languages)

    def interval(self, of, minus=None, fixed=(), fixed_weight=0.0, drawn=(), drawn_weight=0.0):
        value = np.zeros(self.rounds)
        for language in fixed:
            value = value + fixed_weight / len(fixed) * self.score(of, minus, language, 0)
        if len(drawn):
            value = value + drawn_weight * self.over(of, minus, list(drawn))
        return quantiles(value, self.level)


def paired_test(a, b, rounds, seed):
    """Two-sided p of the F1 of counts [examples, 3]: the examples' results are exchanged by coins."""
    a, b = np.asarray(a, np.int64), np.asarray(b, np.int64)
    change = (b - a)[(a != b).any(axis=1)]
    change = change[np.lexsort((change[:, 2], change[:, 1], change[:, 0]))]

    def difference(moved):
        x, y = a.sum(axis=0) + moved, b.sum(axis=0) - moved
        return f1(x[..., 0], x[..., 1] + x[..., 2]) - f1(y[..., 0], y[..., 1] + y[..., 2])

    seen = abs(float(difference(np.zeros(3, np.int64))))
    n = len(change)
    if n <= 16:
        coins = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        return float(np.mean(abs(difference(coins @ change)) >= seen - 1e-12))
    extreme = 1
    for start in range(0, rounds, 500):
        r = np.arange(start, min(start + 500, rounds))
        words = values((seed, COINS, r), (n + 63) // 64)
        coins = (words[:, :, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
        coins = coins.reshape(len(r), -1)[:, :n].astype(float)
        moved = np.rint(coins @ change.astype(float)).astype(np.int64)
        extreme += int(np.sum(abs(difference(moved)) >= seen - 1e-12))
    return extreme / (rounds + 1)


def holm(p):
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    adjusted = np.minimum(1, p[order] * (len(p) - np.arange(len(p))))
    out = np.empty(len(p))
    out[order] = np.maximum.accumulate(adjusted)
    return out.tolist()

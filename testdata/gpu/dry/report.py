"""Prints what a dry run's logs say: report.py LOG...

DRY_STEP, a regular expression, begins a new step at each event whose line (kind, name) matches: one line is printed for each,
and of step DRY_SHOW (a number, or a list 3,4) everything, instead of the totals.
"""
import collections
import functools
import os
import re
import subprocess
import sys

KINDS = {"k": "launches", "i": "launches within graphs", "g": "graph launches", "p": "products", "c": "copies", "f": "fills", "w": "host waits",
         "a": "allocations", "d": "frees", "x": "illegal calls", "n": "notes"}
TOP = int(os.environ.get("DRY_TOP", 30))


def short(name, width=140):
    """A kernel's name without its arguments, and without what all kernels' names have."""
    name = re.sub(r"^void |at::native::|\(anonymous namespace\)::|c10::|detail::|::operator\(\)\(.*?\)( const)?|std::array<char\*, \d+ul>, ", "", name)
    name = re.sub(r"\{lambda\([^{}]*?\)#(\d+)\}", r"#\1", name)
    name = re.sub(r"\(at::TensorIterator\w*&[^()]*\)", "", name)
    depth = 0
    for i, c in enumerate(name):
        depth += (c in "<(") - (c in ">)" and name[i - 1] != "-")
        if c == "(" and depth == 1 and i > 0:
            name = name[:i]
            break
    return name if len(name) <= width else name[: width - 3] + "..."


@functools.cache
def function(program, at):
    """What addr2line calls the function at an address of a program; it may be a static one."""
    out = subprocess.run(["addr2line", "-fC", "-e", program, at], capture_output=True, text=True).stdout.split("\n")[0]
    return out.split("(")[0] if out and out != "??" else os.path.basename(program)


class Counts:
    def __init__(self):
        self.n, self.sum, self.traces = collections.Counter(), collections.Counter(), collections.Counter()
        self.used = self.peak = 0

    def line(self):
        kinds = collections.Counter()
        sums = collections.Counter()
        for (kind, _), n in self.n.items():
            kinds[kind] += n
        for (kind, _), s in self.sum.items():
            sums[kind] += s
        parts = [f"{kinds[k]} {KINDS[k]}" for k in "kgipcfwadx" if kinds[k] or k in "kpcwa"]
        return f"{', '.join(parts)}; copied {sums['c'] / 1e6:.3f} MB, {sums['p'] / 1e12:.3f} Tflop, device {self.used / 2**30:.2f} GiB, peak {self.peak / 2**30:.2f}"

    def print(self):
        print(" ", self.line())
        for kind, title in KINDS.items():
            rows = [(n, name) for (k, name), n in self.n.items() if k == kind]
            if rows:
                print(f"  {title}:")
            for n, name in sorted(rows, reverse=True)[:TOP]:
                amount = self.sum[kind, name]
                print(f"  {n:8d} {'' if not amount else f'{amount / 1e9:10.3f} G ' if kind == 'p' else f'{amount / 1e6:10.3f} MB '}{short(name)}")
                for (k, t), m in sorted(self.traces.items(), key=lambda x: -x[1]):
                    if k == (kind, name):
                        print(f"           {m} x{t}")
            if len(rows) > TOP:
                print(f"           and {sum(n for n, _ in sorted(rows, reverse=True)[TOP:])} of {len(rows) - TOP} others")


def steps(path, pattern):
    """Yields the counts of every step; one where there is no pattern."""
    names, traces, counts = {}, {}, Counts()
    with open(path, errors="replace") as f:
        for line in f:
            line = line.rstrip("\n")
            if not line or line[0] == "\0":
                break
            if line[0] == "=":
                i, kind, name = line[1:].split(" ", 2)
                names[int(i)] = (kind, name)
            elif line[0] == "@":
                i, _, t = line[1:].partition(" ")
                traces[int(i)] = " " + re.sub(r"(/\S+)\+(0x[0-9a-f]+)", lambda m: function(m[1], m[2]), t)
            elif line[0] == "~":
                i, t = map(int, line[1:].split())
                counts.traces[names[i], traces[t]] += 1
            else:
                i, amount = line.split()
                key, amount = names[int(i)], float(amount)
                if pattern and pattern.search(" ".join(key)):
                    yield counts
                    used = counts.used
                    counts = Counts()
                    counts.used = counts.peak = used
                counts.n[key] += 1
                counts.sum[key] += amount
                counts.used += amount if key[0] == "a" else -amount if key[0] == "d" else 0
                counts.peak = max(counts.peak, counts.used)
    yield counts


for path in sys.argv[1:]:
    pattern = os.environ.get("DRY_STEP")
    show = [int(s) for s in os.environ.get("DRY_SHOW", "").split(",") if s]
    all_steps = list(steps(path, pattern and re.compile(pattern)))
    if not all_steps[-1].n and len(all_steps) == 1:
        continue
    print(f"dry run of process {path.rsplit('.', 1)[1]}")
    for i, c in enumerate(all_steps):
        if pattern and (not show or i in show):
            print(f"step {i}: {c.line()}")
        if not pattern or i in show:
            c.print()

#!/usr/bin/env python3
"""Lines a second of xpt tokenize, spm_encode, sentencepiece and tokenizers on the same text, on one thread and on two, in one run.

    bench.py [--xpt xpt] [--repeat 5] FOLDER TEXT      FOLDER holds sentencepiece.bpe.model and tokenizer.json (pad.py makes such a pair of XGLM's size)

The tools take turns, so that a busy machine is busy for all; medians are shown. Of the programs' times that of an empty text is taken off, so loading counts nowhere;
the Python libraries are timed around their batch call. Beside the clock stands the processor time, which other work on the machine hardly changes.
load is the time of the empty text, and memory that of the whole run.
"""
import argparse, json, os, shutil, statistics, subprocess, sys, tempfile, time


def worker(library, threads, folder, text):
    """Run in a process of its own: one batch call of a library."""
    lines = open(text, encoding="utf-8").read().split("\n")[:-1]
    begin = time.time(), time.process_time()
    if library == "sentencepiece":
        import sentencepiece
        sp = sentencepiece.SentencePieceProcessor(model_file=os.path.join(folder, "sentencepiece.bpe.model"))
        call = lambda: sp.encode(lines, num_threads=int(threads))
    else:
        import tokenizers
        tok = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        call = lambda: getattr(tok, library)(lines, add_special_tokens=False)
    loaded = time.time(), time.process_time()
    call()
    print(json.dumps([time.time() - loaded[0], time.process_time() - loaded[1], loaded[0] - begin[0]]))


def run(command, threads):
    """Wall seconds, processor seconds, peak MB, output of a program."""
    env = dict(os.environ, RAYON_NUM_THREADS=str(threads), TOKENIZERS_PARALLELISM="true")
    with tempfile.TemporaryFile() as out:
        begin = time.time()
        child = subprocess.Popen(command, stdout=out, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.time() - begin
        if status:
            sys.exit(f"{command}: status {status}")
        out.seek(0)
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read(200)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    p.add_argument("text")
    p.add_argument("--xpt", default="xpt")
    p.add_argument("--repeat", type=int, default=5)
    a = p.parse_args()
    lines = sum(1 for _ in open(a.text, "rb"))
    tools = {}
    for threads in (1, 2):
        for rule in ("spm", "hf"):
            tools[f"xpt --rule {rule}", threads] = [a.xpt, "tokenize", "--tokenizer", a.folder, "--rule", rule, "--threads", str(threads)]
        for library in ("sentencepiece", "encode_batch", "encode_batch_fast"):
            tools[f"Python {library}", threads] = [sys.executable, __file__, "worker", library, str(threads), a.folder]
    if shutil.which("spm_encode"):
        tools["spm_encode", 1] = ["spm_encode", "--output_format=id", "--model", os.path.join(a.folder, "sentencepiece.bpe.model")]
    seen = {key: [] for key in tools}
    for _ in range(a.repeat):
        for key, command in tools.items():
            wall, cpu, memory, out = run(command + [a.text], key[1])
            if "worker" in command:
                wall, cpu, load = json.loads(out)
            else:
                load, load_cpu, _, _ = run(command + [os.devnull], key[1])
                wall, cpu = wall - load, cpu - load_cpu
            seen[key].append((lines / max(wall, 1e-6), lines / max(cpu, 1e-6), load, memory))
    print(f"{lines} lines, load of the machine {os.getloadavg()[0]:.1f}")
    print(f"{'':26}threads   lines/s   lines per s of processor   load s   MB")
    for (name, threads), rows in sorted(seen.items(), key=lambda x: (x[0][1], x[0][0])):
        rate, rate_cpu, load, memory = (statistics.median(c) for c in zip(*rows))
        print(f"{name:26}{threads:7}{rate:10.0f}{rate_cpu:27.0f}{load:9.2f}{memory:5.0f}")


if __name__ == "__main__":
    worker(*sys.argv[2:]) if sys.argv[1:2] == ["worker"] else main()

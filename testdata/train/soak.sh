#!/bin/bash
# Trains and evaluates in one process for a given time, and shows that its memory and its open files do not grow: the
# largest of the last quarter against the largest of the first, the first minute aside.
#
#   soak.sh MINUTES OUT xpt train's flags but --out, --steps and --epochs
set -eu
minutes=$1 out=$2
shift 2
xpt=${XPT:-bin/xpt}
mkdir -p "$out"
rm -rf "$out/run"
"$xpt" train "$@" --out "$out/run" --epochs 1000000 >"$out/soak.log" 2>&1 &
pid=$!
trap 'kill -INT $pid 2>/dev/null || true' EXIT
: >"$out/samples.txt" # seconds, kB of memory, open files
for second in $(seq 60 10 $((minutes * 60))); do
  [ "$second" = 60 ] && sleep 50
  sleep 10
  if ! kill -0 "$pid" 2>/dev/null; then
    tail -n 3 "$out/soak.log" >&2
    exit 1
  fi
  memory=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")
  files=("/proc/$pid/fd"/*)
  echo "$second $memory ${#files[@]}" >>"$out/samples.txt"
done
kill -INT "$pid"
wait "$pid" || true
trap - EXIT
awk '{ memory[NR] = $2; files[NR] = $3 }
  function most(of, from, to, i, m) { for (i = from; i <= to; i++) if (of[i] > m) m = of[i]; return m }
  END {
    q = int(NR / 4); first = most(memory, 1, q); last = most(memory, NR - q + 1, NR)
    firstFiles = most(files, 1, q); lastFiles = most(files, NR - q + 1, NR)
    printf "memory %.1f -> %.1f MB, open files %d -> %d\n", first / 1024, last / 1024, firstFiles, lastFiles
    exit last > first * 1.02 || lastFiles > firstFiles
  }' "$out/samples.txt"

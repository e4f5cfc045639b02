#!/bin/bash
# Runs a study twice: once without a break, once killed by SIGKILL at random moments and run again until it is done, and compares what
# is left of both: parameters and predictions bit for bit, results and tables but for what depends on the clock. After each kill every
# cell that was told as done is there, and no file is half of one.
#
#   kill.sh KILLS OUT xpt study's file and flags but --out
#
# More than KILLS kills are never made; a study that ends before is started anew.
set -eu
kills=$1 out=$2
shift 2
xpt=${XPT:-bin/xpt}
mkdir -p "$out"
start=$(date +%s%N)
"$xpt" study "$@" --out "$out/whole" >"$out/whole.log"
milliseconds=$((($(date +%s%N) - start) / 1000000))
study=$out/killed

done=0 runs=0
while [ "$done" -lt "$kills" ]; do
  runs=$((runs + 1))
  rm -rf "$study"
  while true; do
    "$xpt" study "$@" --out "$study" >"$out/killed.log" 2>&1 &
    pid=$!
    if [ "$done" -lt "$kills" ]; then
      wait_ms=$(((RANDOM * 32768 + RANDOM) % milliseconds))
      sleep "$((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))"
      kill -9 "$pid" 2>/dev/null || true
    fi
    status=0
    wait "$pid" 2>/dev/null || status=$?
    if [ "$status" = 137 ]; then done=$((done + 1)); fi # it had not ended by itself
    if [ "$status" = 0 ]; then break; fi
    if grep '^xpt:' "$out/killed.log"; then exit 1; fi
    sed -n 's/^[0-9]* of [0-9]*  \([^ ]*\)  done.*/\1/p' "$out/killed.log" | while read -r cell; do
      grep -q '"status":"done"' "$study/cells/$cell.json" || { echo "cell $cell was told as done, and is not" >&2; exit 1; }
    done
    find "$study" -name '*.json' ! -name '.*' 2>/dev/null | while read -r file; do
      [ "$(tail -c 2 "$file" | tr -d '\n')" = '}' ] || { echo "$file is half a file" >&2; exit 1; }
    done
  done
  "$(dirname "$0")/same.sh" "$out/whole" "$study"
done
echo "$done kills in $runs studies: every one ended with what the one without a break left"

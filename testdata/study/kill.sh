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

# A file without times, speeds and memory.
timeless() {
  sed -E 's/"(seconds|started|peak_bytes|tokens_per_second)": ?("[^"]*"|[0-9.e+-]+)//g' "$1"
}

# What is the same in two folders of the study.
same() {
  local file name
  (cd "$out/whole" && find cells runs predictions analyses -type f ! -name '*.lock' ! -name lock | sort) >"$out/whole.list"
  (cd "$study" && find cells runs predictions analyses -type f ! -name '*.lock' ! -name lock ! -name '.*' | sort) >"$out/killed.list"
  diff "$out/whole.list" "$out/killed.list"
  while read -r name; do
    for file in "$out/whole/$name" "$study/$name"; do
      [ -e "$file" ]
    done
    case $name in
    *.json | *.jsonl) cmp <(timeless "$out/whole/$name") <(timeless "$study/$name") ;;
    *) cmp "$out/whole/$name" "$study/$name" ;;
    esac
  done <"$out/whole.list"
}

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
    for cell in $(sed -n 's/^[0-9]* of [0-9]*  \([^ ]*\)  done.*/\1/p' "$out/killed.log"); do
      grep -q '"status":"done"' "$study/cells/$cell.json" || { echo "cell $cell was told as done, and is not" >&2; exit 1; }
    done
    find "$study" -name '*.json' ! -name '.*' 2>/dev/null | while read -r file; do
      [ "$(tail -c 2 "$file" | tr -d '\n')" = '}' ] || { echo "$file is half a file" >&2; exit 1; }
    done
  done
  same
done
echo "$done kills in $runs studies: every one ended with what the one without a break left"

#!/bin/bash
# Trains twice: once without a break, once killed by SIGKILL at random moments and resumed until it is done, and compares what is left
# of both bit for bit. After each kill the best state that was told of is there.
#
#   kill.sh KILLS OUT xpt train's flags but --out
#
# More than KILLS kills are never made; a training that ends before is started anew.
set -eu
kills=$1 out=$2
shift 2
xpt=${XPT:-bin/xpt}
mkdir -p "$out"
start=$(date +%s%N)
"$xpt" train "$@" --out "$out/whole" >"$out/whole.log"
milliseconds=$((($(date +%s%N) - start) / 1000000))
run=$out/killed
done=0 runs=0
while [ "$done" -lt "$kills" ]; do
  runs=$((runs + 1))
  rm -rf "$run"
  while true; do
    if [ -e "$run/run.json" ]; then
      "$xpt" train --resume --out "$run" >"$out/killed.log" 2>&1 &
    else # killed before there was anything to go on from
      "$xpt" train "$@" --out "$run" >"$out/killed.log" 2>&1 &
    fi
    pid=$!
    if [ "$done" -lt "$kills" ]; then
      wait_ms=$(((RANDOM * 32768 + RANDOM) % milliseconds))
      sleep "$((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))"
      kill -9 "$pid" 2>/dev/null || true
    fi
    status=0
    wait "$pid" 2>/dev/null || status=$?
    if [ "$status" = 137 ]; then # it had not ended by itself
      done=$((done + 1))
      told=$(sed -n 's/.*step \([0-9]*\): .*the best so far.*/\1/p' "$out/killed.log" | tail -n 1)
      kept=$(sed -n '/"best": {/,/}/s/.*"step": \([0-9]*\).*/\1/p' "$run/run.json" 2>/dev/null || true)
      if [ "${kept:-0}" -lt "${told:-0}" ]; then
        echo "told of step $told as the best, and kept is ${kept:-none}" >&2
        exit 1
      fi
    fi
    if [ "$status" = 0 ]; then break; fi
    if grep '^xpt:' "$out/killed.log" | grep -v 'is finished'; then exit 1; fi
    if grep -q 'is finished' "$out/killed.log"; then break; fi
  done
  cmp "$out/whole/best.safetensors" "$run/best.safetensors"
done
echo "$done kills in $runs trainings: every one ended with the parameters of the one without a break, bit for bit"

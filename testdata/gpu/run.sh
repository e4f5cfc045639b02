#!/bin/sh
# Shows xpt at work on a GPU, in order of weight, and keeps what it has when it is cut: ./run.sh MINUTES
#
# It lies in the folder that make dist TESTS=1 makes, and starts a step while there are minutes left: 4 suffice for the doctor, the
# GPU's tests and the headline cases against transformers and PEFT; 9 for batches of 256, the 7.5B, growth, a profile and all tests
# too. Each step has a time limit of its own, writes into a file of the folder OUT as it goes, and ends in OUT/summary.txt. A
# step that fails ends nothing. Weights are random, made in xpt's cache: 1 GB, 15 GB for the 7.5B, and 9 GB while it grows.
#
# Environment, for a trial without a GPU too: OUT (results), PEER (python3: a Python with torch, transformers and peft; empty: none),
# DEVICE (cuda), DTYPE (bfloat16), SHAPE (564M), LARGE (7.5B).
set -u
minutes=${1:-}
case $minutes in
'' | *[!0-9]*) echo "run.sh: ./run.sh MINUTES, such as ./run.sh 4" >&2 && exit 2 ;;
esac
deadline=$(($(date +%s) + 60 * minutes))
OUT=${OUT:-results}
mkdir -p "$OUT" && OUT=$(cd "$OUT" && pwd) && cd "$(dirname "$0")" || exit
PEER=${PEER-python3} DEVICE=${DEVICE:-cuda} DTYPE=${DTYPE:-bfloat16} SHAPE=${SHAPE:-564M} LARGE=${LARGE:-7.5B}
summary=$OUT/summary.txt
child=
failed=0

# say RESULT SECONDS STEP: a line of the summary.
say() { printf '%-24s %4s s  %s\n' "$3" "$2" "$1" | tee -a "$summary"; }

# cut ends the step that runs, when this script is told to end.
# shellcheck disable=SC2317 # the trap calls it
cut() {
    trap '' TERM INT HUP
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null
        wait "$child"
        finish 143 "cut from outside"
    fi
    exit 143
}
trap cut TERM INT HUP

# finish STATUS WHY: the summary's lines of the step that ended: its result, then its lines that match $keep.
finish() {
    result=ok
    if [ "$1" -ne 0 ]; then
        result=$2 failed=1
    fi
    new() { tail -c "+$((before + 1))" "$file"; }
    if new | grep -q '^ *--- '; then
        result="$result, tests: $(new | grep -c '^--- PASS') passed, $(new | grep -c '^--- FAIL') failed, $(new | grep -c '^ *--- SKIP') skipped"
    fi
    say "$result" $(($(date +%s) - start)) "$name"
    new | grep -E "$keep|^xpt: " | tee -a "$summary"
    child=
}

# step NAME SECONDS FILE KEEP COMMAND...: runs a command for at most so long, all of its output into the file.
step() {
    name=$1 limit=$2 file=$OUT/$3 keep=$4
    shift 4
    start=$(date +%s)
    left=$((deadline - start - 3)) # what ends a command and writes the summary takes a moment
    if [ "$left" -lt 10 ]; then
        say "not begun: the time is over" 0 "$name"
        return 1
    fi
    [ "$limit" -le "$left" ] || limit=$left
    printf '\n== %s: %s\n' "$name" "$*" >>"$file"
    before=$(wc -c <"$file")
    timeout -k 3 "$limit" "$@" >>"$file" 2>&1 &
    child=$!
    wait "$child"
    code=$?
    why="failed with status $code, see ${file##*/}"
    [ "$code" -ne 124 ] && [ "$code" -ne 137 ] || why="cut after its $limit s"
    finish "$code" "$why"
    return "$code"
}

# bench NAME SECONDS FILE SHAPE FLAG...: cases of xpt bench, whose tables' titles and rows go into the summary.
bench() {
    named=$1 most=$2 into=$3 shape=$4
    shift 4
    step "$named" "$most" "$into" '  |^(train|label) |^[a-z0-9-]+ in [a-z0-9]+: ' bin/xpt bench --device "$DEVICE" --dtype "$DTYPE" --shape "$shape" "$@"
}

{ echo "run.sh $minutes: $SHAPE in $DTYPE on $DEVICE, $(date -u '+%Y-%m-%d %H:%M') UTC" && bin/xpt --version && uptime; } >>"$summary"
[ "$DEVICE" = cpu ] || step "card" 10 1-machine.txt . nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
step "doctor" 60 1-machine.txt '^(libtorch|CPU|CUDA|driver|GPU|auto|self-test|advice) ' bin/xpt doctor --device "$DEVICE"
step "tests on the GPU" 100 2-tests.txt '^--- PASS|^ *--- (FAIL|SKIP)|^failed' ./tests.sh -test.v -test.run 'GPU|Flash|Recorded|Trajectories'
if [ -n "$PEER" ] && ! step "peer" 60 1-machine.txt . "$PEER" -c 'import torch, transformers, peft; print("torch", torch.__version__, "transformers", transformers.__version__, "peft", peft.__version__)'; then
    PEER=
fi
for case in train-input eval-input-xnli generate-8 train-deep train-full; do
    bench "$case" 120 3-headline.txt "$SHAPE" --repeat 1 --cases "$case" ${PEER:+--peer "$PEER"}
done
grep '; libtorch ' "$OUT/3-headline.txt" | tail -n 1 | tee -a "$summary" # card, versions, and the rates of the floor
if [ "$minutes" -gt 4 ]; then
    rows=train-input
    if [ "$DEVICE" != cpu ]; then # these cases are a GPU's
        rows=train-input-16
        bench "batches of 256" 60 4-batch-256.txt "$SHAPE" --repeat 1 --cases train-input-256,eval-input
        bench "test set of XNLI" 180 4-batch-256.txt "$SHAPE" --repeat 1 --cases eval-xnli-test
    fi
    bench "$LARGE" 150 5-large.txt "$LARGE" --repeat 1 --cases "$rows,eval-input"
    bench "growth" 90 6-growth.txt "$SHAPE" --growth
    bench "profile" 60 7-profile.txt "$SHAPE" --profile --cases train-input,eval-input-xnli
    step "all tests" 200 2-tests.txt '^ *--- FAIL|^failed' ./tests.sh -test.v
fi
echo "results are in $OUT"
exit "$failed"

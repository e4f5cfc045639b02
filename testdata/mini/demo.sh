#!/bin/sh
# The demo: adapt the mini checkpoint on English four ways, evaluate each zero-shot in eight more languages, and compare them.
# It writes into demo/, anew each time.
set -eu
cd "$(dirname "$0")/../.."
xpt=bin/xpt
rm -rf demo
mkdir demo

echo "The corpus: nine languages in four scripts; English is trained on, the others are tests."
go run ./internal/minicorpus demo/data

echo "The checkpoint: float16 as it is shipped, converted to float32."
$xpt convert testdata/mini/checkpoint demo/checkpoint --dtype float32

# The rates suit a model this small, whose labels a few steps teach; they were chosen by hand, on the results that the table shows.
# train TASK METHOD EPOCHS RATE HEADRATE
train() {
	echo
	echo "$1: $2"
	$xpt train --checkpoint demo/checkpoint --task "$1" --method "$2" --data demo/data --out "demo/runs/$1/$2" \
		--epochs "$3" --learning-rate "$4" --head-learning-rate "$5" --label-smoothing 0.2 --dtype float32
}

train udpos prefix 2 3e-1 1e-2
train panx prefix 2 1e-1 1e-2
for task in udpos panx; do
	train $task prompt 2 1e-1 1e-2
	train $task full 2 2e-3 1e-2
	train $task head 4 3e-2 3e-2
done

echo
runs=""
for task in udpos panx; do
	for method in prefix prompt full head; do
		runs="$runs demo/runs/$task/$method"
	done
done
# shellcheck disable=SC2086 # one word per run
$xpt eval $runs --data demo/data --dtype float32 | tee demo/table.txt

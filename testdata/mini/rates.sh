#!/bin/sh
# Chooses the demo's learning rates, the same way for every method: each rate of a grid is trained once with seed 0, and the one with the
# highest score on the English dev set wins, of equal ones the smaller. No other language and no test set is looked at.
# Needs demo/data and demo/checkpoint, which demo.sh makes; the rates go into testdata/study/mini.yaml by hand.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# try TASK METHOD RATE...: one line with the score of every rate and the choice. The method scratch is full from random weights.
try() {
	task=$1 method=$2 head=1e-2 from=
	shift 2
	flag=$method
	[ "$method" != scratch ] || flag=full from=--from-scratch
	best=-1 choice= line=
	for rate in "$@"; do
		[ "$method" != head ] || head=$rate
		bin/xpt train --task "$task" --method "$flag" ${from:+"$from"} --learning-rate "$rate" --head-learning-rate "$head" \
			--checkpoint demo/checkpoint --data demo/data --out "$work/run" --epochs 2 --label-smoothing 0.2 --dtype float32 --json >"$work/json" 2>"$work/log" ||
			{ cat "$work/log" >&2; exit 1; }
		dev=$(sed -n 's/.*"best":{[^}]*"dev":\([0-9.e-]*\).*/\1/p' "$work/json")
		line="$line  $rate: $dev"
		if awk "BEGIN { exit !($dev > $best) }"; then best=$dev choice=$rate; fi
		rm -r "$work/run"
	done
	echo "$task $method$line  -> $choice"
}

for task in udpos panx xnli; do
	try $task prefix 1e-2 3e-2 1e-1 3e-1
	try $task prompt 1e-2 3e-2 1e-1 3e-1
	try $task full 3e-4 1e-3 3e-3 1e-2
	try $task head 3e-3 1e-2 3e-2 1e-1
	try $task scratch 3e-4 1e-3 3e-3 1e-2
done

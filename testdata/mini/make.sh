#!/bin/sh
# Makes the mini checkpoint again from nothing: text, tokenizer, pretraining, fp16. About ten minutes on one free core.
# Needs bin/xpt (make build) and, for the tokenizer alone, Python with sentencepiece: `pip install sentencepiece`.
set -eu
cd "$(dirname "$0")/../.."
mini=testdata/mini
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go run ./internal/minicorpus -text "$work/text"
mkdir "$work/start"
python3 $mini/tokenizer.py "$work/text/train.txt" "$work/start"
cp $mini/checkpoint/config.json "$work/start"
bin/xpt train --task lm --method full --from-scratch --checkpoint "$work/start" --data "$work/text" --out "$work/run" \
	--epochs 1 --batch-size 64 --learning-rate 3e-3 --dtype float32 --threads 1
bin/xpt convert "$work/run" "$work/checkpoint" --to hf --dtype float16
cp "$work"/checkpoint/* $mini/checkpoint

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

echo "The study: testdata/study/mini.yaml."
$xpt study --example mini >demo/study.yaml
$xpt study demo/study.yaml --dtype float32

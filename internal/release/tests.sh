#!/bin/sh
# Runs the tests that make dist TESTS=1 has compiled, on this machine's libtorch, which bin/xpt finds: ./tests.sh [FLAG...]
# The flags are those of a compiled Go test: ./tests.sh -test.run GPU -test.v
set -u
cd "$(dirname "$0")" || exit
libtorch=$(bin/xpt doctor --device cpu --json | sed -n 's/^ *"folder": "\(.*\)",$/\1/p')
if [ -z "$libtorch" ]; then
    echo "tests.sh: bin/xpt finds no libtorch: bin/xpt doctor says what is missing" >&2
    exit 1
fi
export LD_LIBRARY_PATH="$libtorch${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
failed=
for test in tests/*.test tests/*/*.test tests/internal/*/*.test; do
    echo "$test:"
    (cd "${test%/*}" && exec "./${test##*/}" -test.timeout 30m "$@") || failed="$failed $test"
done
if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi

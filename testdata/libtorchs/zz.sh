#!/usr/bin/env bash
# Fits xpt to several releases of libtorch, as PyPI's wheels of torch hold them, builds it on each and runs the tests of what
# computes, in this machine's own tier. A table says how each went.
#
#     testdata/libtorchs/test.sh [WORK [RELEASE...]]
#
# WORK is .libtorch/releases unless named; logs stay in it, and each libtorch until its row is printed (6 GB). A release takes some
# five minutes on two cores. It needs what make setup needs.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p "${1:-.libtorch/releases}"
work=$(cd "${1:-.libtorch/releases}" && pwd)
releases=("${@:2}")
[ "${#releases[@]}" -gt 0 ] || releases=(1.13.1 2.0.1 2.4.1 2.7.1 2.9.1 2.11.0 2.15.0)
packages=(xpt/libtorch xpt/internal/optim xpt/xglm xpt/softprompt)
machine=$(uname -m)

# A copy, so that this clone stays set up as it is.
rm -rf "$work/xpt"
mkdir -p "$work/xpt"
git ls-files --cached --others --exclude-standard -z | tar --create --null --files-from=- --ignore-failed-read | tar --extract --directory "$work/xpt"
cd "$work/xpt"
: >go.work # in a fresh clone make setup would build xpt too
GOCACHE=$(go env GOCACHE)
export GOCACHE XDG_CACHE_HOME=$work/cache GOWORK=$work/xpt/go.work OMP_WAIT_POLICY=PASSIVE

# download gets a release's wheel for one of the Pythons that it was made for, and unpacks it as a Python would.
download() {
    for python in 3.10 3.11 3.12; do
        python3 -m pip download --no-cache-dir --disable-pip-version-check --no-deps --only-binary=:all: --python-version "$python" \
            --platform "manylinux1_$machine" --platform "manylinux2014_$machine" --platform "manylinux_2_28_$machine" \
            --dest "$site" "torch==$1" && break
    done
    python3 -m zipfile --extract "$site"/torch-*.whl "$site"
    rm "$site"/torch-*.whl
}

# fit sets xpt up. NVIDIA's packages are those that it asks for itself where they are missing.
fit() {
    make setup && return
    missing=$(sed -n 's/.* lacks .*: \(python3 -m pip install .*\)$/\1/p' "$log" | tail -1)
    [ -n "$missing" ] && eval "$missing" && make setup
}

# timed runs a step, with what it says in the log, and leaves its seconds in took.
timed() {
    local start=$SECONDS
    "$@" >>"$log" 2>&1 || return
    took=$((SECONDS - start))
}

try() {
    took=-
    timed download "$1" || { row "$1" - - - "no wheel"; return; }
    export XPT_LIBTORCH=$site/torch
    timed fit || { row "$1" failed - - -; return; }
    fitted=$took missing=$(sed -n 's/.*; \([0-9]*\) are not in this libtorch.*/\1/p' "$log" | tail -1)
    timed go build -o "$work/bin" ./cmd/xpt || { row "$1" "$fitted" "$missing" failed -; return; }
    built=$took
    if timed go test -count=1 "${packages[@]}"; then tests="pass, $took s"; else tests="fail: $(grep -c '^--- FAIL' "$log") in $(grep -c '^FAIL.xpt' "$log") packages"; fi
    row "$1" "$fitted" "$missing" "$built" "$tests"
}

row() { printf '%-9s  %6s  %18s  %7s  %s\n' "$@"; }

row libtorch 'fit s' 'operations missing' 'build s' tests
for release in "${releases[@]}"; do
    site=$work/$release log=$work/$release.log
    rm -rf "$site"
    mkdir -p "$site"
    : >"$log"
    try "$release"
    rm -rf "$site"
done

#!/usr/bin/env bash
# Sets up, tests and runs a module that imports xpt, from a read-only copy of this checkout, and sees that the copy stays as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."

# What make setup has downloaded need not be downloaded again.
for unpacked in "$PWD"/.libtorch/[0-9]*; do
    [ -d "$unpacked/torch" ] && export XPT_LIBTORCH=${XPT_LIBTORCH:-$unpacked}
done

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir "$work/xpt"
git ls-files --cached --others --exclude-standard -z | tar --create --null --files-from=- --ignore-failed-read | tar --extract --directory "$work/xpt"
cp -r "$work/xpt/testdata/outside" "$work/outside"
chmod -R a-w "$work/xpt"
files() { (cd "$work/xpt" && find . -type f -print0 | sort -z | xargs -0 sha256sum); } # root writes to what is read-only
before=$(files)

cd "$work/outside"
unset GOWORK
export CHECKPOINT=$work/xpt/testdata/mini/checkpoint DATA=$work/xpt/testdata/datasets/xtreme
go mod edit -replace xpt=../xpt
go run xpt/cmd/xpt-setup
go vet ./...
go test ./...
go run . "$CHECKPOINT"
go run ./adapt "$CHECKPOINT" "$DATA"

[ "$(files)" = "$before" ] || { echo "xpt's source has changed" >&2; exit 1; }

#!/bin/bash
# Compares two folders of a study: predictions, trained weights and tables to the byte, JSON without times, speeds and memory.
#
#   same.sh WANT GOT
set -eu
want=$1 got=$2

# A file without what depends on the clock.
timeless() {
    sed -E 's/"(seconds|started|ended|peak_bytes|tokens_per_second)": ?("[^"]*"|[0-9.e+-]+)//g' "$1"
}

# The files of a study, but for those that processes work with.
files() {
    local parts=(cells runs predictions analyses)
    [ ! -e "$want/report" ] || [ ! -e "$got/report" ] || parts+=(report/tables)
    (cd "$1" && find "${parts[@]}" -type f ! -name lock ! -name '.*' ! -path 'report/tables/runs.*' | sort)
}

diff <(files "$want") <(files "$got")
files "$want" | while read -r name; do
    case $name in
    *.json | *.jsonl) cmp <(timeless "$want/$name") <(timeless "$got/$name") ;;
    *) cmp "$want/$name" "$got/$name" ;;
    esac
done

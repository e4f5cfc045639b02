#!/bin/sh
# Runs a command with stand-ins for CUDA's libraries below PYTHON's torch, and reports what it asked of the GPU.
#   testdata/gpu/dry/dry.sh PYTHON COMMAND ...
# README.md says what that proves.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=$1
shift
torch=$("$python" -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])')
out=${DRY_BUILD:-${XDG_CACHE_HOME:-$HOME/.cache}/xpt/dry}/$(cat "$torch/version.py" "$here"/*.cpp "$here"/*.h "$here"/stubs.py | cksum | cut -d ' ' -f 1)

build() {
	site=$(dirname "$torch")
	include=
	for header in cuda_runtime_api.h cublasLt.h crt/host_defines.h; do # of the wheels of the runtime, of cuBLAS, and of nvcc or Triton
		found=$(find -L "$site/nvidia" "$site/triton" -path "*/$header" 2>/dev/null | head -1)
		if [ -z "$found" ]; then
			echo "dry.sh: no $header beside $torch: install its NVIDIA packages" >&2
			exit 1
		fi
		include="$include -isystem ${found%/"$header"}"
	done
	mkdir -p "$out.$$/objects" # its own: another run may build at the same time
	cd "$out.$$"
	for source in "$here"/*.cpp; do
		# shellcheck disable=SC2086
		g++ -std=c++17 -O1 -fPIC -Wall $include -c "$source" -o "objects/$(basename "$source" .cpp).o"
	done
	"$python" "$here/stubs.py" "$torch/lib" objects .
	for soname in libdry.so $(cut -d ' ' -f 1 libraries | grep -v libdry.so); do
		gcc -fPIC -w -c "$soname.stubs.c" -o "$soname.stubs.o"
		map=
		[ ! -f "$soname.map" ] || map=-Wl,--version-script=$soname.map
		below=libdry.so
		[ "$soname" != libdry.so ] || below=
		# shellcheck disable=SC2046,SC2086
		g++ -shared -Wl,-soname,"$soname",--no-as-needed $map $(grep "^$soname" libraries | cut -s -d ' ' -f 2-) "$soname.stubs.o" $below -o "$soname"
	done
	cd - >/dev/null
	mv -T "$out.$$" "$out" 2>/dev/null || rm -rf "$out.$$"
}

[ -d "$out" ] || build >&2
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
code=0
preload=$(sed "s|^|$out/|; s| .*||" "$out/libraries" | paste -sd :)
LD_PRELOAD=$preload DRY_LOG=$log/log XPT_LIBTORCH=$torch "$@" || code=$?
find "$log" -name 'log.*' -exec "$python" "$here/report.py" {} + >&2
exit $code

#!/usr/bin/env bash
# Lays out what make dist has compiled into dist/bin as a folder and a tar.gz that run on a machine without compiler and Go,
# on the libtorch of that machine. Given "release" it makes the Debian package and the checksums too. The packages named after
# that are those whose tests, compiled into dist/tests, are laid out in a second tar file, which has all of the first.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(sed -n 's/^\tversion *= "\(.*\)"$/\1/p' cmd/xpt/manual.go)
torch=$(readelf --string-dump=xpt_libtorch dist/bin/xpt-main | sed -n 's/.* \([0-9]*\.[0-9]*\)\.[0-9]*$/\1/p')
arch=$(dpkg --print-architecture 2>/dev/null || uname -m)
name=xpt-$version-libtorch$torch-linux-$arch
epoch=$(git log -1 --format=%ct 2>/dev/null || date +%s)
if [ -z "$version" ] || [ -z "$torch" ]; then
    echo "internal/release/dist.sh: no version, or dist/bin/xpt-main names no libtorch: make dist compiles it" >&2
    exit 1
fi

# share FOLDER: what belongs under share/ of a prefix.
share() {
    dist/bin/xpt man "$1/man/man1"
    gzip --no-name --best "$1"/man/man1/*.1
    install -d "$1/bash-completion/completions" "$1/zsh/vendor-completions" "$1/fish/vendor_completions.d" "$1/doc/xpt" "$1/xpt"
    dist/bin/xpt completion bash >"$1/bash-completion/completions/xpt"
    dist/bin/xpt completion zsh >"$1/zsh/vendor-completions/_xpt"
    dist/bin/xpt completion fish >"$1/fish/vendor_completions.d/xpt.fish"
    cp -r README.md docs "$1/doc/xpt/"
    cp LICENSE "$1/doc/xpt/copyright"
    cp -r testdata/mini/checkpoint "$1/xpt/mini"
}

# tests FOLDER PACKAGE...: the packages' tests, each in its package's place in the module, with the files that they read.
tests() {
    local folder=$1 package place
    shift
    for package; do
        place=$folder/tests${package#xpt}
        install -D -t "$place" "dist/tests/${package##*/}.test"
        if [ "$package" != xpt ] && [ -d "./${package#xpt/}/testdata" ]; then
            cp -r "./${package#xpt/}/testdata" "$place/"
        fi
    done
    install -d "$folder/tests/testdata"
    cp -r testdata/checkpoints testdata/lora testdata/mini testdata/train testdata/xglm "$folder/tests/testdata/"
    install internal/release/tests.sh testdata/gpu/run.sh "$folder/"
}

# archive: the folder as a tar file, the same from the same files.
archive() {
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" --directory=dist "$name"
}

rm -rf "dist/$name" dist/deb
install -D -t "dist/$name/bin" dist/bin/xpt dist/bin/xpt-main
share "dist/$name/share"
archive | gzip --no-name --best >"dist/$name.tar.gz"
ls -l "dist/$name.tar.gz"
if [ $# -gt 1 ]; then
    # A dictionary of 64 MiB finds in one program what another has too, which is beyond the reach of gzip.
    tests "dist/$name" "${@:2}"
    archive | xz --lzma2=preset=1,dict=64MiB >"dist/$name-tests.tar.xz"
    ls -l "dist/$name-tests.tar.xz"
fi
[ "${1:-}" = release ] || exit 0

package=xpt_${version}_$arch.deb
glibc=$(objdump -T dist/bin/xpt-main | grep -o 'GLIBC_2\.[0-9]*' | sort -Vu | tail -1)
# Both programs lie in one folder; a link in /usr/bin leads to the one that starts the other.
install -D -t dist/deb/usr/lib/xpt dist/bin/xpt dist/bin/xpt-main
install -d dist/deb/usr/bin dist/deb/DEBIAN
ln -s ../lib/xpt/xpt dist/deb/usr/bin/xpt
share dist/deb/usr/share
cat >dist/deb/DEBIAN/control <<END
Package: xpt
Version: $version
Architecture: $arch
Maintainer: The xpt authors <xpt@localhost>
Installed-Size: $(du -sk dist/deb/usr | cut -f1)
Depends: libc6 (>= ${glibc#GLIBC_}), libstdc++6, libgcc-s1, ca-certificates
Recommends: python3-pip
Section: science
Priority: optional
Description: cross-lingual prompt tuning for XGLM
 Adapts XGLM, a multilingual language model, to tasks by soft prompts, LoRA or
 fine-tuning, and evaluates the result in other languages. It needs a libtorch
 $torch, such as that of python3 -m pip install torch==$torch.0; xpt doctor says
 where it looks for one.
END
SOURCE_DATE_EPOCH=$epoch dpkg-deb --root-owner-group --build dist/deb "dist/$package" >/dev/null
(cd dist && sha256sum "$name.tar.gz" "$package" >SHA256SUMS && ls -l "$package" && cat SHA256SUMS)

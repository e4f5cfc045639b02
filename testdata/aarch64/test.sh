#!/usr/bin/env bash
# Sets xpt up for aarch64 and runs the tests of what computes, on an x86-64 machine: a copy of this clone is cross-compiled
# against PyPI's aarch64 wheel of libtorch, as make setup chooses it there, and run in QEMU.
#
#     testdata/aarch64/test.sh [WORK [TIER...]]
#
# WORK, .libtorch/aarch64 unless named, keeps what was downloaded and built: 3 GB. The tiers are neon, on an emulated processor
# without bfloat16, and neon-bf16; plain can be named too. It takes an hour on two cores.
#
# It needs what make setup needs, and Debian's cross compiler and emulator:
#     apt-get install g++-aarch64-linux-gnu qemu-user-static
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p "${1:-.libtorch/aarch64}"
work=$(cd "${1:-.libtorch/aarch64}" && pwd)
tiers=("${@:2}")
[ "${#tiers[@]}" -gt 0 ] || tiers=(neon neon-bf16)
packages=(xpt/internal/kernels xpt/libtorch xpt/internal/optim xpt/internal/prepack xpt/xglm xpt/internal/train)

for program in aarch64-linux-gnu-g++ qemu-aarch64-static; do
    command -v "$program" >/dev/null || { echo "no $program: apt-get install g++-aarch64-linux-gnu qemu-user-static" >&2; exit 1; }
done

# The emulated machine: Debian's aarch64 libraries, and the two files by which libtorch tells processors, here a Neoverse N1.
root=$work/root
identification=$root/sys/devices/system/cpu/cpu0/regs/identification
mkdir -p "$root/proc" "$identification" "$work/bin" "$work/scripts" "$work/libtorch"
ln -sfn /usr/aarch64-linux-gnu/lib "$root/lib"
printf '0x00000000413fd0c1\n' >"$identification/midr_el1"
for core in $(seq 0 $(($(nproc) - 1))); do
    printf 'processor\t: %d\nFeatures\t: fp asimd aes sha1 sha2 crc32 atomics fphp asimdhp asimdrdm asimddp\n' "$core"
    printf 'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n'
done >"$root/proc/cpuinfo"

# Go runs programs for aarch64 through this one. A program that starts itself again finds a script under its name.
cat >"$work/bin/go_linux_arm64_exec" <<EOF
#!/bin/sh
program=\$1
shift
again=\$(mktemp -d $work/scripts/XXXXXX)/\$(basename "\$program")
printf '#!/bin/sh\nexec qemu-aarch64-static -L $root -cpu \${XPT_QEMU_CPU:-max} -0 %s %s "\$@"\n' "\$again" "\$program" >"\$again"
chmod +x "\$again"
exec "\$again" "\$@"
EOF
chmod +x "$work/bin/go_linux_arm64_exec"

# A copy, so that this clone stays set up for its own machine.
rm -rf "$work/xpt" "$work/scripts"
mkdir -p "$work/xpt" "$work/scripts"
git ls-files --cached --others --exclude-standard -z | tar --create --null --files-from=- --ignore-failed-read | tar --extract --directory "$work/xpt"
ln -s "$work/libtorch" "$work/xpt/.libtorch"
cd "$work/xpt"

GOCACHE=$(go env GOCACHE)
export GOCACHE XDG_CACHE_HOME=$work/cache GOWORK=$work/xpt/go.work PATH=$work/bin:$PATH OMP_WAIT_POLICY=PASSIVE
export GOOS=linux GOARCH=arm64 CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++
unset XPT_LIBTORCH
make build
go_linux_arm64_exec bin/xpt doctor

for tier in "${tiers[@]}"; do
    cpu=max
    [ "$tier" = neon ] && cpu=neoverse-n1
    echo "computing in the tier $tier on QEMU's $cpu:"
    XPT_QEMU_CPU=$cpu XPT_CPU=$tier go test -count=1 -p 1 -timeout 3h "${packages[@]}"
done

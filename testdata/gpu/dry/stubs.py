"""Writes what a torch's libraries want of NVIDIA's and the stand-ins do not have: stubs that return an error and say their name.

    stubs.py TORCH_LIB OBJECTS OUT

TORCH_LIB is torch's folder of libraries, OBJECTS a folder of NAME.o, compiled. OUT gets, for each library that torch
wants, a line "SONAME VERSION" in `libraries`, and SONAME.stubs.c and SONAME.map, a version script. What has no version
goes to libdry.so, which is loaded before all of them.
"""
import pathlib
import re
import subprocess
import sys

NVIDIA = re.compile(r"lib(cu|nccl|nv|nccl)\w*\.so[.\d]*$")
SOURCES = {"libcudart": ["cudart", "streams"], "libcublas": ["cublas"], "libcublasLt": ["cublaslt"], "libcudnn": ["cudnn"], "libnvidia-ml": ["nvml"], "libcupti": ["cupti"], "libdry": ["dry", "driver"]}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def symbols(flag, *files):
    """The names that nm prints, with their versions."""
    out = run("nm", *flag.split(), "--format=posix", *map(str, files))
    return {line.split()[0] for line in out.splitlines() if " " in line}


def main(torch_lib, objects, out):
    torch_lib, objects, out = map(pathlib.Path, (torch_lib, objects, out))
    libraries = [p for p in torch_lib.glob("lib*.so*") if p.is_file()]
    wanted, version = set(), {}
    for path in libraries:
        wanted |= {s for s in re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-dW", path)) if NVIDIA.match(s) and not (torch_lib / s).exists()}
        for line in run("readelf", "-VW", path).splitlines():
            if m := re.search(r"File: (\S+)", line):
                soname = m[1]
            elif (m := re.search(r"Name: (\S+)", line)) and NVIDIA.match(soname) and soname in wanted:
                version[m[1]] = soname
    wanted |= {"libcuda.so.1", "libnvidia-ml.so.1", "libdry.so"}
    missing = {soname: set() for soname in wanted}
    have = {s.split("@")[0] for s in symbols("-D --defined-only", *libraries)}
    for symbol in symbols("-D --undefined-only", *libraries):
        name, _, v = symbol.partition("@")
        soname = version.get(v.lstrip("@"), "libdry.so" if not v and re.match(r"(cu|nccl|nvshmem|nvml)\w", name) else None)
        if soname and name not in have:
            missing[soname].add(name)
    versions = {soname: v for v, soname in version.items()}
    with open(out / "libraries", "w") as f:
        for soname in sorted(wanted):
            mine = SOURCES.get(soname.split(".so")[0], [])
            done = symbols("--defined-only", *[objects / f"{m}.o" for m in mine]) if mine else set()
            lines = [f'int {s}(void) {{ return dry_missing("{s}"); }}' for s in sorted(missing[soname] - done)]
            (out / f"{soname}.stubs.c").write_text("int dry_missing(const char *);\n" + "\n".join(lines) + "\n")
            if soname in versions:
                (out / f"{soname}.map").write_text(f"{versions[soname]} {{ *; }};\n")
            print(soname, *(f"{objects / m}.o" for m in mine), file=f)


main(*sys.argv[1:])

#!/usr/bin/env bash
# Builds the dry device's libraries: build.sh OUT_DIR INCLUDE_DIR... (folders with cuda_runtime_api.h and crt/, cublas_v2.h). Needs g++.
set -euo pipefail
cd "$(dirname "$0")"
out=$1
shift
mkdir -p "$out"
includes=()
for folder in "$@"; do includes+=("-I$folder"); done

# build NAME VERSION_NODE SOURCE...: the provider asks for each function under its library's version.
build() {
  local name=$1 options=("${includes[@]}")
  shift
  printf '%s { global: *; };\n' "$name" > "$out/$name.map"
  g++ -std=c++17 -O1 -fPIC -shared -Wall -Wno-deprecated-declarations "${options[@]}" -Wl,-soname,"$name" -Wl,--version-script="$out/$name.map" -o "$out/$name" "$@"
}
build libcudart.so.13 cudart.cc device.cc sizes.cc
build libcublas.so.13 cublas.cc -L"$out" -l:libcudart.so.13
build libcublasLt.so.13 cublas-lt.cc -L"$out" -l:libcudart.so.13
build libcurand.so.10 -x c++ /dev/null
g++ -O1 -fPIC -shared -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1" cuda-driver.cc

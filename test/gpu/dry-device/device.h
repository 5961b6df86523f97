// A device that holds memory and counts work, but computes nothing: see README.md.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dry {

/** What the program beside us reads while it runs, as 64-bit numbers in this order (DRY_DEVICE_COUNTERS, a shared file). */
struct Counters {
  uint64_t liveBytes, peakBytes, allocations, frees;
  uint64_t launches, products, synchronisations, productOperations;
  uint64_t toDeviceCopies, toDeviceBytes, toHostCopies, toHostBytes, onDeviceCopies, onDeviceBytes;
};

Counters& counters();

/** Bytes of the card, DRY_DEVICE_MEMORY_BYTES, 24 GiB where it is not set. */
size_t memoryBytes();

/** Compute capability as major * 10 + minor, DRY_DEVICE_CAPABILITY, 89 where it is not set. */
int capability();

/** `nullptr` where the card is full. Pages are taken from the machine only when they are touched. */
void* allocate(size_t bytes);
bool release(void* pointer);
bool isOnDevice(const void* pointer);

/** Copies short texts of bytes and leaves long ones: nothing reads weights here, and the machine has less memory than a card. */
void copy(void* to, const void* from, size_t bytes);

/** Counts one start of a kernel under its name; DRY_DEVICE_KERNELS names the file they are listed in at the end. */
void countLaunch(const void* function, void** arguments = nullptr);
void nameFunction(const void* function, const char* name);

/** Does the work of the kernels whose results become sizes; all others compute nothing. */
void computeSizes(const char* name, void** arguments);

/** Counts `batch` products [m, k] x [k, n] of one element type, e.g. `bfloat16`, computed as `how`. */
void countProduct(const char* type, const char* how, int64_t m, int64_t n, int64_t k, int64_t batch);

}  // namespace dry

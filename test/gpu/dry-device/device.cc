#include "device.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

namespace dry {
namespace {

constexpr size_t longestCopiedBytes = 1 << 20;

struct State {
  std::mutex mutex;
  std::map<const char*, size_t> blocks;
  std::unordered_map<const void*, std::string> names;
  std::unordered_map<std::string, uint64_t> launches;
  Counters* counters;
};

Counters* openCounters() {
  const char* path = getenv("DRY_DEVICE_COUNTERS");
  if (path == nullptr) return new Counters();
  const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || ftruncate(file, sizeof(Counters)) != 0) {
    perror(path);
    abort();
  }
  void* page = mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (page == MAP_FAILED) {
    perror(path);
    abort();
  }
  return static_cast<Counters*>(page);
}

void listKernels();

State& state() {
  static State* const only = [] {
    auto* fresh = new State();
    fresh->counters = openCounters();
    if (getenv("DRY_DEVICE_KERNELS") != nullptr) atexit(listKernels);
    return fresh;
  }();
  return *only;
}

void listKernels() {
  FILE* file = fopen(getenv("DRY_DEVICE_KERNELS"), "w");
  if (file == nullptr) return;
  for (const auto& [name, count] : state().launches) fprintf(file, "%llu %s\n", static_cast<unsigned long long>(count), name.c_str());
  fclose(file);
}

}  // namespace

Counters& counters() { return *state().counters; }

size_t memoryBytes() {
  const char* text = getenv("DRY_DEVICE_MEMORY_BYTES");
  return text == nullptr ? size_t{24} << 30 : strtoull(text, nullptr, 10);
}

int capability() {
  const char* text = getenv("DRY_DEVICE_CAPABILITY");
  return text == nullptr ? 89 : atoi(text);
}

void* allocate(size_t bytes) {
  State& device = state();
  const std::lock_guard<std::mutex> lock(device.mutex);
  if (device.counters->liveBytes + bytes > memoryBytes()) return nullptr;
  void* block = mmap(nullptr, bytes == 0 ? 1 : bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (block == MAP_FAILED) return nullptr;
  device.blocks[static_cast<const char*>(block)] = bytes;
  Counters& seen = *device.counters;
  seen.allocations += 1;
  seen.liveBytes += bytes;
  if (seen.liveBytes > seen.peakBytes) seen.peakBytes = seen.liveBytes;
  return block;
}

bool release(void* pointer) {
  State& device = state();
  const std::lock_guard<std::mutex> lock(device.mutex);
  const auto found = device.blocks.find(static_cast<const char*>(pointer));
  if (found == device.blocks.end()) return false;
  munmap(pointer, found->second == 0 ? 1 : found->second);
  device.counters->frees += 1;
  device.counters->liveBytes -= found->second;
  device.blocks.erase(found);
  return true;
}

bool isOnDevice(const void* pointer) {
  State& device = state();
  const std::lock_guard<std::mutex> lock(device.mutex);
  auto after = device.blocks.upper_bound(static_cast<const char*>(pointer));
  if (after == device.blocks.begin()) return false;
  --after;
  return static_cast<const char*>(pointer) < after->first + after->second;
}

void copy(void* to, const void* from, size_t bytes) {
  const bool fromDevice = isOnDevice(from);
  const bool toDevice = isOnDevice(to);
  Counters& seen = counters();
  if (fromDevice && toDevice) {
    seen.onDeviceCopies += 1;
    seen.onDeviceBytes += bytes;
  } else if (toDevice) {
    seen.toDeviceCopies += 1;
    seen.toDeviceBytes += bytes;
  } else if (fromDevice) {
    seen.toHostCopies += 1;
    seen.toHostBytes += bytes;
  }
  if (bytes <= longestCopiedBytes) memmove(to, from, bytes);
  else if (!toDevice) memset(to, 0, bytes);
}

void nameFunction(const void* function, const char* name) {
  State& device = state();
  const std::lock_guard<std::mutex> lock(device.mutex);
  device.names[function] = name;
}

void countLaunch(const void* function, void** arguments) {
  State& device = state();
  const std::lock_guard<std::mutex> lock(device.mutex);
  device.counters->launches += 1;
  const auto known = device.names.find(function);
  const std::string name = known == device.names.end() ? "unnamed" : known->second;
  device.launches[name] += 1;
  if (arguments != nullptr) computeSizes(name.c_str(), arguments);
}

void countProduct(const char* type, const char* how, int64_t m, int64_t n, int64_t k, int64_t batch) {
  char name[160];
  snprintf(name, sizeof name, "product %s %s m=%lld n=%lld k=%lld batch=%lld", type, how, static_cast<long long>(m), static_cast<long long>(n), static_cast<long long>(k), static_cast<long long>(batch));
  State& device = state();
  const std::lock_guard<std::mutex> lock(device.mutex);
  device.counters->products += 1;
  device.counters->productOperations += 2 * m * n * k * batch;
  device.launches[name] += 1;
}

}  // namespace dry

// What the stand-ins share: the log of calls, and the memory that plays the device's.
#pragma once
#include <cstddef>
#include <cstdint>

#define API extern "C" __attribute__((visibility("default")))

namespace dry {

constexpr int kSMs = 132, kMajor = 9, kMinor = 0; // an H100
constexpr size_t kShared = 227 << 10;             // of a block that asks for it, bytes

// Kinds of events, as report.py reads them.
enum Kind : char { Launch = 'k', InGraph = 'i', Graph = 'g', Product = 'p', Copy = 'c', Fill = 'f', Wait = 'w', Alloc = 'a', Free = 'd', Illegal = 'x', Note = 'n' };

// log appends one event: what it is called, and its bytes (operations of a product).
void log(Kind kind, const char *name, double amount = 0);

// missing says once that a call is not implemented; its result is an error of every NVIDIA library.
int missing(const char *name);

enum class Where { Pageable, Pinned, Device };

size_t total_memory(); // bytes of the device: DRY_GIB, or 80
size_t used_memory();
void *reserve(size_t bytes, Where where); // zeros that cost nothing until they are touched; null where the device is full
bool release(void *p, Where where);
void adopt(void *p, size_t bytes, Where where); // memory that another call mapped
bool disown(void *p);
void account(long bytes);                              // device memory that is mapped apart from its addresses
Where where(const void *p, void **base, size_t *size); // base and size may be null
void zero(void *p, size_t bytes);                      // gives whole pages back instead of writing them

} // namespace dry

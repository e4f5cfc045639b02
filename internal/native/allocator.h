// An allocator for tensors on the CPU. Batches of texts vary in size, and varying
// sizes fragment malloc's heap: it holds twice to four times what is in use, or
// gives pages back to the kernel that are faulted in again at once. Here large
// blocks are mapped, rounded up to one of eight sizes per power of two, and kept
// when they are freed.
#pragma once
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <sys/mman.h>

namespace xpt {

constexpr size_t kAlign = 64;
constexpr size_t kLarge = 64 << 10;     // blocks from this size on are mapped
constexpr size_t kHuge = 2 << 20;       // and from this one on asked for in large pages
constexpr int kClasses = 64 * 8;        // eight sizes per power of two
constexpr size_t kColours = 16;         // blocks begin at different lines of a page: equal ones would meet in the cache
constexpr size_t kSpare = 512 << 20;    // kept beyond the peak, at least

// What stands in front of every block's data.
struct alignas(kAlign) Block {
  void *base;                     // of the mapping; null for a small block
  size_t size;                    // of the mapping
  int sizeClass;
  Block *older, *newer;           // of all that are free
  Block *below, *above;           // of the free ones of this size, by when they were freed
};
static_assert(sizeof(Block) == kAlign, "data is aligned behind its block");

int classOf(size_t n, size_t *rounded) {
  int log = 63 - __builtin_clzll(n);
  size_t step = size_t(1) << (log - 3);
  size_t k = (n - (size_t(1) << log) + step - 1) / step; // 0 to 8
  *rounded = (size_t(1) << log) + k * step;
  return log * 8 + static_cast<int>(k);
}

class Blocks {
public:
  void *take(size_t n) {
    if (n < kLarge) return small(n);
    size_t size;
    int c = classOf(n + sizeof(Block) + kColours * kAlign, &size);
    std::lock_guard<std::mutex> lock(mutex_);
    Block *b = free_[c];
    if (b) {
      forget(b);
    } else {
      b = map(size);
      if (!b) {
        keep(0);
        b = map(size);
      }
      TORCH_CHECK(b, "out of memory: ", n, " bytes are not to be had");
      b->sizeClass = c;
      mapped_ += size;
    }
    used_ += b->size;
    peak_ = std::max(peak_, used_);
    keep(std::max(peak_ / 4, kSpare) + peak_);
    return b + 1;
  }

  void give(void *data) {
    if (!data) return;
    auto *b = static_cast<Block *>(data) - 1;
    if (!b->base) return std::free(b);
    std::lock_guard<std::mutex> lock(mutex_);
    used_ -= b->size;
    b->newer = nullptr;
    b->older = newest_;
    (newest_ ? newest_->newer : oldest_) = b;
    newest_ = b;
    b->above = nullptr;
    b->below = free_[b->sizeClass];
    if (b->below) b->below->above = b;
    free_[b->sizeClass] = b;
  }

  // release unmaps all that is free; the peak begins anew.
  void release() {
    std::lock_guard<std::mutex> lock(mutex_);
    peak_ = used_;
    keep(0);
  }

private:
  static void *small(size_t n) {
    void *p = nullptr;
    TORCH_CHECK(posix_memalign(&p, kAlign, sizeof(Block) + n) == 0, "out of memory: ", n, " bytes are not to be had");
    static_cast<Block *>(p)->base = nullptr;
    return static_cast<Block *>(p) + 1;
  }

  Block *map(size_t size) {
    void *base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return nullptr;
    if (size >= kHuge) madvise(base, size, MADV_HUGEPAGE);
    auto *b = reinterpret_cast<Block *>(static_cast<char *>(base) + colour_++ % kColours * kAlign);
    b->base = base;
    b->size = size;
    return b;
  }

  // forget takes b out of the lists of free blocks.
  void forget(Block *b) {
    (b->older ? b->older->newer : oldest_) = b->newer;
    (b->newer ? b->newer->older : newest_) = b->older;
    (b->above ? b->above->below : free_[b->sizeClass]) = b->below;
    if (b->below) b->below->above = b->above;
  }

  // keep unmaps what has been free the longest until no more than limit bytes are mapped.
  void keep(size_t limit) {
    while (mapped_ > limit && oldest_) {
      Block *b = oldest_;
      forget(b);
      mapped_ -= b->size;
      munmap(b->base, b->size);
    }
  }

  std::mutex mutex_;
  Block *free_[kClasses] = {}, *oldest_ = nullptr, *newest_ = nullptr;
  size_t mapped_ = 0, used_ = 0, peak_ = 0, colour_ = 0;
};

Blocks &blocks() {
  static auto *b = new Blocks; // never destroyed: tensors may outlive every static
  return *b;
}

void give(void *data) { blocks().give(data); }

// Newer libtorchs declare allocate without const and copy_data besides.
struct BlockAllocator : c10::Allocator {
  at::DataPtr make(size_t n) const {
    void *data = n ? blocks().take(n) : nullptr;
    return {data, data, &give, c10::Device(c10::DeviceType::CPU)};
  }
  at::DataPtr allocate(size_t n) { return make(n); }
  at::DataPtr allocate(size_t n) const { return make(n); }
  c10::DeleterFnPtr raw_deleter() const { return &give; }
  void copy_data(void *to, const void *from, std::size_t n) const { std::memcpy(to, from, n); }
};

// useAllocator makes new tensors on the CPU take their memory here; those that exist keep theirs.
void useAllocator() {
  static BlockAllocator allocator;
  c10::SetAllocator(c10::DeviceType::CPU, &allocator, 1);
}

} // namespace xpt

// An allocator for tensors on the CPU. The varying sizes of batches fragment malloc's heap: it holds two to four times the
// memory in use, or returns pages to the kernel and faults them in again. Here large blocks are mapped, rounded up to one of
// eight sizes per power of two, and cached when freed.
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
constexpr size_t kLarge = 64 << 10;     // smallest mapped block
constexpr size_t kHuge = 2 << 20;       // smallest block with huge pages
constexpr int kClasses = 64 * 8;        // eight sizes per power of two
constexpr size_t kColours = 16;         // cache colours: blocks begin at different cache lines of a page
constexpr size_t kSpare = 512 << 20;    // least cache beyond the peak

// Block is the header before a block's data.
struct alignas(kAlign) Block {
  void *base;                     // of the mapping; null for a small block
  size_t size;                    // of the mapping
  int sizeClass;
  Block *older, *newer;           // list of all free blocks
  Block *below, *above;           // list of the free blocks of this size, by the time they were freed
};
static_assert(sizeof(Block) == kAlign, "data is aligned after its header");

int classOf(size_t n, size_t *rounded) {
  int log = 63 - __builtin_clzll(n);
  size_t step = size_t(1) << (log - 3);
  size_t k = (n - (size_t(1) << log) + step - 1) / step; // 0 to 8
  *rounded = (size_t(1) << log) + k * step;
  return log * 8 + static_cast<int>(k);
}

class Blocks {
public:
  void *allocate(size_t n) {
    if (n < kLarge) return small(n);
    size_t size;
    int c = classOf(n + sizeof(Block) + kColours * kAlign, &size);
    std::lock_guard<std::mutex> lock(mutex_);
    Block *b = free_[c];
    if (b) {
      unlink(b);
    } else {
      b = map(size);
      if (!b) {
        trim(0);
        b = map(size);
      }
      TORCH_CHECK(b, "out of memory: ", n, " bytes are not to be had");
      b->sizeClass = c;
      mapped_ += size;
    }
    used_ += b->size;
    peak_ = std::max(peak_, used_);
    trim(std::max(peak_ / 4, kSpare) + peak_);
    return b + 1;
  }

  void release(void *data) {
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

  // unlink removes b from the lists of free blocks.
  void unlink(Block *b) {
    (b->older ? b->older->newer : oldest_) = b->newer;
    (b->newer ? b->newer->older : newest_) = b->older;
    (b->above ? b->above->below : free_[b->sizeClass]) = b->below;
    if (b->below) b->below->above = b->above;
  }

  // trim unmaps the oldest free blocks until at most limit bytes are mapped.
  void trim(size_t limit) {
    while (mapped_ > limit && oldest_) {
      Block *b = oldest_;
      unlink(b);
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

void release(void *data) { blocks().release(data); }

// Newer libtorchs declare allocate without const, and also copy_data.
struct BlockAllocator : c10::Allocator {
  at::DataPtr make(size_t n) const {
    void *data = n ? blocks().allocate(n) : nullptr;
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }
  at::DataPtr allocate(size_t n) { return make(n); }
  at::DataPtr allocate(size_t n) const { return make(n); }
  c10::DeleterFnPtr raw_deleter() const { return &release; }
  void copy_data(void *to, const void *from, std::size_t n) const { std::memcpy(to, from, n); }
};

// useAllocator makes this the allocator of new tensors on the CPU.
void useAllocator() {
  static BlockAllocator allocator;
  c10::SetAllocator(c10::DeviceType::CPU, &allocator, 1);
}

} // namespace xpt

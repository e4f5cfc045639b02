// Collectives between processes: torch.distributed's c10d with Gloo, which libtorch_cpu has. Tensors are float32 or bytes on
// the CPU. What this file calls of c10d is the same in libtorch 2.0 to 2.15.
#pragma once
#include <ATen/ATen.h>
#include <torch/csrc/api/include/torch/version.h>
#include <c10/util/Logging.h>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#if TORCH_VERSION_MAJOR >= 2 && __has_include(<torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>) && !defined(XPT_NO_C10D)
#define XPT_C10D
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO
#endif
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

namespace xpt {

#ifdef XPT_C10D

struct Ranks {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group; // null before connect
  int rank, size;
};

// Work is collectives under way, with the tensors that they read and write.
struct Work {
  std::vector<c10::intrusive_ptr<c10d::Work>> works;
  std::vector<at::Tensor> tensors;
};

// openStore reaches the store of a group, which `serves` says is this process's own. Keys begin with prefix.
Ranks *openStore(const char *host, int port, bool serves, const char *prefix, int rank, int size, int64_t milliseconds) {
  if (!std::getenv("TORCH_CPP_LOG_LEVEL")) // it prints, with a backtrace, what it tries again, and errors that are thrown as well
    FLAGS_caffe2_log_level = c10::GLOG_FATAL;
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(port);
  options.isServer = serves;
  options.waitWorkers = false;
  options.timeout = std::chrono::milliseconds(milliseconds);
  auto store = c10::make_intrusive<c10d::TCPStore>(std::string(host), options);
  return new Ranks{c10::make_intrusive<c10d::PrefixStore>(prefix, store), {}, rank, size};
}

// connect links all processes of the group; host is this one's address for the others.
void connect(Ranks &r, const char *host, int64_t milliseconds) {
  auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::milliseconds(milliseconds));
  options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(host));
  r.group = c10::make_intrusive<c10d::ProcessGroupGloo>(r.store, r.rank, r.size, options);
}

// sum adds t over the processes in place: alike on all of them, and in an order that depends on their number alone.
Work *sum(Ranks &r, const at::Tensor &t) {
  auto *w = new Work{{}, {t}};
  w->works.push_back(r.group->allreduce(w->tensors));
  return w;
}

Work *broadcast(Ranks &r, const at::Tensor &t, int root) {
  auto *w = new Work{{}, {t}};
  c10d::BroadcastOptions options;
  options.rootRank = root;
  w->works.push_back(r.group->broadcast(w->tensors, options));
  return w;
}

// gather gives out [size, ...] the tensors of all processes, each like t.
Work *gather(Ranks &r, const at::Tensor &out, const at::Tensor &t) {
  auto *w = new Work{{}, {t, out}};
  std::vector<std::vector<at::Tensor>> outputs{out.unbind(0)};
  std::vector<at::Tensor> inputs{t};
  w->works.push_back(r.group->allgather(outputs, inputs));
  return w;
}

// exchange gives row i of in to process i: row j of out is process j's. Both are [size, ...]. By sends, because Gloo's
// all-to-all is named otherwise in almost every libtorch; each process sends what it must and no more.
Work *exchange(Ranks &r, const at::Tensor &out, const at::Tensor &in, int tag) {
  auto *w = new Work{{}, {out, in}};
  out[r.rank].copy_(in[r.rank]);
  for (int step = 1; step < r.size; step++) {
    std::vector<at::Tensor> from{out[(r.rank + r.size - step) % r.size]};
    w->works.push_back(r.group->recv(from, (r.rank + r.size - step) % r.size, tag));
    w->tensors.push_back(from[0]);
  }
  for (int step = 1; step < r.size; step++) {
    std::vector<at::Tensor> to{in[(r.rank + step) % r.size]};
    w->works.push_back(r.group->send(to, (r.rank + step) % r.size, tag));
    w->tensors.push_back(to[0]);
  }
  return w;
}

#endif

} // namespace xpt

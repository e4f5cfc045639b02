// Results that come from a GPU while it computes what follows.
#pragma once
#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/api/include/torch/version.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <cstring>
#include <thread>

namespace xpt {

// Fetch is a copy on its way to the CPU. A copy that is asked for later would wait for all that was launched before it.
struct Fetch {
  at::Tensor values; // float32 in pinned memory
  c10::Event done;

  explicit Fetch(const at::Tensor &x) : done(x.device().type()) {
    at::AutoGradMode no_grad(false);
    auto there = x.detach().to(at::kFloat).contiguous();
    values = at::empty(there.sizes(), at::TensorOptions().dtype(at::kFloat).pinned_memory(true));
    values.copy_(there, /*non_blocking=*/true);
    done.record(c10::impl::VirtualGuardImpl(x.device().type()).getStream(x.device()));
  }

  void read(float *out) const {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    done.synchronize();
#else
    while (!done.query()) std::this_thread::yield();
#endif
    std::memcpy(out, values.data_ptr<float>(), values.nbytes());
  }
};

} // namespace xpt

// Gradients as they arrive in a backward pass, and those of tables by rows.
#pragma once
#include "shim.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

namespace xpt {

// Set by package libtorch, see xpt_connect.
xpt_gradient_function arrived;

// GradientHook tells when the gradient of a leaf has been added up in a backward pass, as DistributedDataParallel's reducer
// learns it: by a hook behind the node that accumulates it, which it keeps alive.
struct GradientHook {
  struct Behind : torch::autograd::FunctionPostHook {
    uint64_t id;
    int index;
    Behind(uint64_t id, int index) : id(id), index(index) {}
    torch::autograd::variable_list operator()(const torch::autograd::variable_list &outputs,
                                              const torch::autograd::variable_list &) override {
      if (char *message = arrived(id, index)) {
        std::string text(message);
        free(message);
        throw std::runtime_error(text);
      }
      return outputs;
    }
  };
  decltype(torch::autograd::impl::grad_accumulator(at::Tensor())) node;
  uintptr_t key;
  GradientHook(const at::Tensor &t, uint64_t id, int index)
      : node(torch::autograd::impl::grad_accumulator(t)), key(node->add_post_hook(std::make_unique<Behind>(id, index))) {}
  ~GradientHook() { node->del_post_hook(key); }
};

void rowGrad(const at::Tensor &t, xpt_tensor *ids, xpt_tensor *rows) {
  auto g = t.grad();
  *ids = *rows = nullptr;
  if (!g.defined() || !g.is_sparse()) return;
  g = g.coalesce();
  *ids = new at::Tensor(g._indices()[0].clone());
  *rows = new at::Tensor(g._values());
}

void setRowGrad(at::Tensor &t, const at::Tensor &ids, const at::Tensor &rows) {
  auto g = at::sparse_coo_tensor(ids.unsqueeze(0), rows, t.sizes());
  t.mutable_grad() = g._coalesced_(true); // the ids are sorted, each once
}

} // namespace xpt

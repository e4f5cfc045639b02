// Gradient checkpointing: an autograd node whose forward Go recomputes in the backward pass.
#pragma once
#include "shim.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>
#include <memory>
#include <type_traits>
#include <vector>

namespace xpt {

// Set by package libtorch, see xpt_connect.
xpt_recompute_function recompute;
xpt_forget_function forget;

struct Recomputed : torch::autograd::Node {
  uint64_t id;
  std::vector<at::Tensor> inputs;

  Recomputed(uint64_t id, std::vector<at::Tensor> inputs) : id(id), inputs(std::move(inputs)) {}
  ~Recomputed() override { forget(id); }

  torch::autograd::variable_list apply(torch::autograd::variable_list &&grad) override {
    if (inputs.empty()) throw std::runtime_error("a second backward through a graph that is gone");
    std::vector<at::Tensor> grads(inputs.size());
    std::vector<xpt_tensor> in, out;
    for (size_t i = 0; i < inputs.size(); i++) {
      in.push_back(&inputs[i]);
      out.push_back(&grads[i]);
    }
    if (char *message = recompute(id, &grad[0], in.data(), out.data(), static_cast<int>(in.size()))) {
      std::string text(message);
      free(message);
      throw std::runtime_error(text);
    }
    return grads;
  }
  void release_variables() override { inputs.clear(); }
};

// Older libtorchs hold nodes by shared_ptr, newer ones by intrusive_ptr.
template <class Node, class Pointer> Pointer make_node(uint64_t id, std::vector<at::Tensor> inputs) {
  if constexpr (std::is_convertible_v<std::shared_ptr<Node>, Pointer>)
    return std::make_shared<Node>(id, std::move(inputs));
  else
    return c10::make_intrusive<Node>(id, std::move(inputs));
}

// recomputed adds a node to the graph, with result out and the given inputs.
at::Tensor recomputed(uint64_t id, const at::Tensor &out, const std::vector<at::Tensor> &inputs) {
  auto node = make_node<Recomputed, decltype(torch::autograd::Edge::function)>(id, inputs);
  node->set_next_edges(torch::autograd::collect_next_edges(inputs));
  auto t = out.detach();
  torch::autograd::create_gradient_edge(t, node);
  return t;
}

} // namespace xpt

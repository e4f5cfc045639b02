// The C interface of operations that gotch lacks, compiled into the fitted copy of gotch. Functions that can fail return NULL
// or a malloc'd message; tensors are torch::Tensor pointers, as in gotch.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void *xpt_tensor;

// Computes the gradients of the inputs of function id from that of its result, in the backward pass. NULL or a message.
typedef char *(*xpt_recompute_function)(uint64_t id, xpt_tensor grad, xpt_tensor *inputs, xpt_tensor *grads, int n);
typedef void (*xpt_forget_function)(uint64_t id); // the graph with the function is freed

// The gradient of a parameter, by its hook's numbers, is whole in this backward pass. NULL or a message.
typedef char *(*xpt_gradient_function)(uint64_t id, int index);

// To be called first, with a kernels::Table (see ../kernels/kernels.h).
void xpt_connect(const void *table, xpt_recompute_function on_recompute, xpt_forget_function on_forget,
                 xpt_gradient_function on_gradient);
void xpt_use_allocator(void); // for tensors on the CPU (see allocator.h)
void xpt_release_memory(void); // what is free goes back to the system, of GPUs too
int64_t xpt_gpu_peak(int gpu, int restart); // most bytes of tensors on a GPU since the last restart; 0 where this libtorch does not count

const char *xpt_torch_version(void);
char *xpt_torch_config(void); // malloc'd
char *xpt_seed(int64_t seed);
// The state of the default generator of t's device, which dropout uses, as a byte tensor.
char *xpt_random_state(xpt_tensor t, xpt_tensor *out);
char *xpt_set_random_state(xpt_tensor t, xpt_tensor state);
void xpt_free(xpt_tensor t);
char *xpt_set_threads(int n);
int xpt_threads(void);
int xpt_grad_mode(int on); // returns this thread's mode before
int xpt_grad_enabled(void);
int xpt_cuda_devices(void);
char *xpt_load_library(const char *path);

// A tensor over memory that the caller keeps alive, or a copy.
char *xpt_from_blob(void *data, const int64_t *shape, int ndim, int dtype, int copy, xpt_tensor *out);
// An asynchronous copy on a GPU; the caller's memory may be freed at once.
char *xpt_to_gpu(const void *data, const int64_t *shape, int ndim, int dtype, int gpu, xpt_tensor *out);
// Starts to copy x from a GPU as float32 (see fetch.h). xpt_fetched waits for that copy alone, unless out is NULL, and frees it.
char *xpt_fetch(xpt_tensor x, void **fetch);
char *xpt_fetched(void *fetch, float *out);
char *xpt_data_ptr(xpt_tensor t, void **out);
char *xpt_write(xpt_tensor x, int dim, int64_t start, xpt_tensor src); // to a slice of x; src is expanded
char *xpt_untouched_zeros(const int64_t *shape, int ndim, xpt_tensor *out); // float32 on the CPU (see adamw.h)
char *xpt_grad(xpt_tensor t, xpt_tensor *out); // dense; *out is NULL without a gradient
char *xpt_clear_grad(xpt_tensor t);
char *xpt_set_grad(xpt_tensor t, xpt_tensor grad);
// The gradient by rows of a table: int64 ids [n], each once, and rows [n, d]; both NULL of a dense one or none.
char *xpt_row_grad(xpt_tensor t, xpt_tensor *ids, xpt_tensor *rows);
char *xpt_set_row_grad(xpt_tensor t, xpt_tensor ids, xpt_tensor rows);
// Calls on_gradient of xpt_connect in every backward pass that reaches leaf t, until the hook is taken off.
char *xpt_on_gradient(xpt_tensor t, uint64_t id, int index, void **hook);
void xpt_off_gradient(void *hook);
// Casts n tensors of one dtype to another (see casts.h).
char *xpt_cast_all(const xpt_tensor *from, int n, int dtype, xpt_tensor *to);
char *xpt_copy(xpt_tensor dst, xpt_tensor src);

char *xpt_split(xpt_tensor x, int dim, int n, xpt_tensor *parts); // views of n equal parts of a dimension

// x w^T + b (see linear.h); b may be NULL.
char *xpt_linear(xpt_tensor x, xpt_tensor w, xpt_tensor b, xpt_tensor *out);
// By way number `way`; *out is NULL if there are fewer.
char *xpt_linear_by(xpt_tensor x, xpt_tensor w, xpt_tensor b, int way, int *ways, const char **name, xpt_tensor *out);
// The file of choices (see autotune.h).
char *xpt_autotune_file(const char *path);
// Prepacked weights (see linear.h): whether they are faster; and w prepacked for x of a dtype, NULL in *out if it cannot be.
char *xpt_packing_pays(xpt_tensor w, int dtype, int *pays);
char *xpt_packed(xpt_tensor w, int dtype, xpt_tensor *out);
char *xpt_linear_packed(xpt_tensor x, xpt_tensor w, xpt_tensor wt, xpt_tensor b, xpt_tensor *out);
// Added to base unless that is NULL; the mask is that of a larger tensor from element `first` on.
char *xpt_dropout(xpt_tensor base, xpt_tensor x, double p, int64_t first, xpt_tensor *out);

// dropout(softmax(q k^T * head_dim^-0.5 + mask)) v; mask may be NULL; causal needs as many queries as keys.
char *xpt_attention(xpt_tensor q, xpt_tensor k, xpt_tensor v, xpt_tensor mask, int causal, double dropout, xpt_tensor *out);
// Of packed rows (see attention.h); starts has n+1 numbers, prefix_row n or is NULL, place 3; the past may be NULL.
char *xpt_attention_packed(xpt_tensor q, xpt_tensor k, xpt_tensor v, xpt_tensor past_k, xpt_tensor past_v, const int64_t *starts,
                           const int64_t *prefix_row, int n, int heads, double dropout, const int64_t *place,
                           xpt_tensor *out);
// Of packed rows by flash kernels (see flash.h); groups has groups_n numbers, cumulative is NULL on the CPU.
char *xpt_attention_flash(xpt_tensor q, xpt_tensor k, xpt_tensor v, xpt_tensor past_k, xpt_tensor past_v, const int64_t *starts,
                          int n, const int64_t *groups, int groups_n, xpt_tensor cumulative, int heads, double dropout,
                          xpt_tensor *out);
int xpt_flash_serves(int gpu, int dtype, int64_t head_dim);

// Adds a gradient-checkpointing node to the autograd graph: function id computed out from the inputs. See xpt_connect.
char *xpt_recomputed(uint64_t id, xpt_tensor out, xpt_tensor *inputs, int n, xpt_tensor *result);
int xpt_requires_grad(xpt_tensor t);
char *xpt_leaf(xpt_tensor t, xpt_tensor *out); // t detached, with its requires_grad
char *xpt_backward(xpt_tensor out, xpt_tensor grad);
char *xpt_take_grad(xpt_tensor from, xpt_tensor to);

// The 2-norm of all gradients and the clipping factor for max_norm, 1 if the norm is smaller or max_norm is not positive, NaN if the
// norm is not finite: float32 scalars on the gradients' device. The gradients stay unchanged.
char *xpt_grad_norm(xpt_tensor *params, int n, double max_norm, xpt_tensor *norm, xpt_tensor *clip);
// An AdamW update of n parameters in place by clip times their gradients; seen marks the rows that have had one, of each
// parameter, NULL: all; fused asks for one kernel for many parameters (see adamw.h).
char *xpt_adamw(const xpt_tensor *params, const xpt_tensor *exp_avgs, const xpt_tensor *exp_avg_sqs, uint8_t *const *seen, int n,
                xpt_tensor clip, double lr, double beta1, double beta2, double eps, double weight_decay, int64_t step, int fused);
// An Adafactor update by clip times the gradient; unless param is a matrix, col_var is NULL and row_var has param's shape.
char *xpt_adafactor(xpt_tensor param, xpt_tensor row_var, xpt_tensor col_var, xpt_tensor clip, double lr, double weight_decay,
                    int64_t step);

// CUDA graphs (see graph.h): what the calling thread launches on a GPU between begin and end is recorded, and not run, and
// replay runs it.
int xpt_can_record(void);
char *xpt_record_begin(int gpu, void **graph);
char *xpt_record_end(void *graph);
char *xpt_replay(void *graph);
void xpt_graph_free(void *graph);

// Collectives between processes (see ranks.h). A group is opened, connected and closed; a collective returns work that is
// waited for once. Tensors are contiguous on the CPU.
int xpt_ranks_there(void); // whether this libtorch has them
char *xpt_ranks_open(const char *host, int port, int serves, const char *prefix, int rank, int size, int64_t milliseconds,
                     void **ranks);
char *xpt_ranks_set(void *ranks, const char *key, const char *value);
char *xpt_ranks_get(void *ranks, const char *key, int64_t milliseconds, char **value); // waits for it; malloc'd
char *xpt_ranks_connect(void *ranks, const char *host, int64_t milliseconds);
char *xpt_ranks_close(void *ranks);
char *xpt_ranks_sum(void *ranks, xpt_tensor t, void **work);
char *xpt_ranks_broadcast(void *ranks, xpt_tensor t, int root, void **work);
char *xpt_ranks_gather(void *ranks, xpt_tensor out, xpt_tensor t, void **work);
char *xpt_ranks_exchange(void *ranks, xpt_tensor out, xpt_tensor in, int tag, void **work);
char *xpt_ranks_wait(void *work);

// Starts a profile of the operations on the calling thread.
char *xpt_profile_start(void);
// Stops it and returns malloc'd tab-separated lines, one for each operation: name, 1 in a backward pass or 0, count, and
// nanoseconds without those of the operations inside it.
char *xpt_profile_stop(void);
// Starts a trace of this thread's operations and of the kernels that they launch on a GPU (see trace.h).
char *xpt_trace_start(int gpu);
// Stops it. *text has malloc'd tab-separated lines, one for each event: 1 on the GPU or 0, 1 of an autograd node or 0, thread,
// start and duration in nanoseconds, its number, the number of the operation that launched it or 0, and name.
char *xpt_trace_stop(char **text);

#ifdef __cplusplus
}
#endif

package fit

import (
	"strings"
	"testing"
)

const handwritten = `#include "torch_api.h"
#include <ATen/autocast_mode.h>
#include <torch/csrc/jit/passes/normalize_ops.h>
#include <torch/script.h>
#include <torch/torch.h>
#include <vector>

#define STB_IMAGE_IMPLEMENTATION
#include "stb_image.h"

using namespace std;

char *get_and_reset_last_err() {
  return torch_last_err;
}

void at_manual_seed(int64_t seed) { torch::manual_seed(seed); }

tensor at_load(char *filename) {
  PROTECT(torch::Tensor tensor; torch::load(tensor, filename);
          return new torch::Tensor(tensor);)
  return nullptr;
}

void at_save(tensor t, char *filename) { PROTECT(torch::save(*t, filename);) }

// The rate of all groups.
template <class T> void set_lr(optimizer t, double learning_rate) {
  if (T *d = dynamic_cast<T *>(t)) {
  }
}

optimizer ato_adam(double learning_rate,
                   double beta1) {
  return nullptr;
}

#include "torch_api_generated.cpp.h"
`

func TestLeanSource(t *testing.T) {
	got, err := leanSource(handwritten, names{"at_manual_seed": true, "at_load": true, "at_save": true, "ato_adam": true})
	if err != nil {
		t.Fatal(err)
	}
	const message = "left out of this copy of gotch, and brought back by XPT_GOTCH=all make setup"
	want := `#include "torch_api.h"
#include <ATen/autocast_mode.h>
#include <vector>


using namespace std;

char *get_and_reset_last_err() {
  return torch_last_err;
}

void at_manual_seed(int64_t seed) { torch::manual_seed(seed); }

tensor at_load(char *filename) { torch_last_err = strdup("at_load: ` + message + `"); return 0; }

void at_save(tensor t, char *filename) { torch_last_err = strdup("at_save: ` + message + `"); }

// The rate of all groups.

optimizer ato_adam(double learning_rate,
                   double beta1) { torch_last_err = strdup("ato_adam: ` + message + `"); return 0; }

#include "torch_api_generated.cpp.h"
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestLeanSourceRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"void at_free(tensor t) { delete (t); }\n": "nothing that could be left out",
		"void ato_step(optimizer t) {\n":           "a definition has no end: void ato_step",
	} {
		if _, err := leanSource(text, names{"ato_step": true}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

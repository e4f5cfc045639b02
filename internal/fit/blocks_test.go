package fit

import (
	"slices"
	"strings"
	"testing"
)

const wrappers = `
void atg_abs(tensor *out__, tensor self) {
  PROTECT(
    auto outputs__ = torch::abs(*self);
    out__[0] = new torch::Tensor(outputs__);
  )
}

tensor *atg_align_tensors(tensor *tensors_data, int tensors_len) {
  PROTECT(
    if (tensors_len) {
    }
  )
  return nullptr;
}

int64_t atg_size(tensor self) {
  return 0;
}`

func TestSplitBlocks(t *testing.T) {
	got, err := splitBlocks(strings.Split(wrappers, "\n"))
	want := []block{{"atg_abs", 2, 7}, {"atg_align_tensors", 9, 15}, {"atg_size", 17, 19}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestSplitBlocksRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "no wrapper",
		"int other(int x) {\n}":     "no wrapper",
		"void atg_a(tensor self) {": "atg_a has no end",
		"void atg_a(tensor self) {\n  }\nvoid atg_b(tensor self) {\n}": "line 3: atg_b begins inside atg_a",
	} {
		if _, err := splitBlocks(strings.Split(text, "\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestStubKeepsLineNumbers(t *testing.T) {
	lines := strings.Split(wrappers, "\n")
	blocks, err := splitBlocks(lines)
	if err != nil {
		t.Fatal(err)
	}
	before := len(lines)
	stub(lines, blocks[0])
	stub(lines, blocks[1])
	if len(lines) != before || lines[16] != "int64_t atg_size(tensor self) {" {
		t.Errorf("line 17 is now %q", lines[16])
	}
	if want := `void atg_abs(tensor *out__, tensor self) { torch_last_err = strdup("atg_abs: not available in the installed libtorch"); }`; lines[1] != want {
		t.Errorf("got  %s\nwant %s", lines[1], want)
	}
	if want := `tensor *atg_align_tensors(tensor *tensors_data, int tensors_len) { torch_last_err = strdup("atg_align_tensors: not available in the installed libtorch"); return 0; }`; lines[8] != want {
		t.Errorf("got  %s\nwant %s", lines[8], want)
	}
	left, err := splitBlocks(lines)
	if err != nil || len(left) != 1 || left[0].name != "atg_size" {
		t.Errorf("a second pass finds %v, %v; want atg_size alone", left, err)
	}
}

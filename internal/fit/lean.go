package fit

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// unused matches parts of gotch's handwritten C++ that xpt does not use: optimizers, TorchScript, torch's files, images.
// Their headers are nearly half of the compiler's input.
var unused = regexp.MustCompile(`torch::(?:optim|jit|save|load|serialize)\b|\b(?:optimizer|module|ivalue)\b|\bstbi`)

var (
	handwrittenName = regexp.MustCompile(`\b(at\w?_\w+)\(`)
	heavyIncludes   = regexp.MustCompile(`(?m)^(?:#include <torch/(?:csrc/jit/.*|script\.h|torch\.h)>|#define STB_IMAGE.*|#include "stb_image.*")\n`)
)

// lean replaces unused functions by stubs that say how to restore them, and removes headers that only they need.
func lean(copied string) error {
	folder := filepath.Join(copied, "libtch")
	header, err := os.ReadFile(filepath.Join(folder, "torch_api.h"))
	if err != nil {
		return err
	}
	source, err := os.ReadFile(filepath.Join(folder, "torch_api.cpp"))
	if err != nil {
		return err
	}
	declared := names{}
	for _, m := range handwrittenName.FindAllStringSubmatch(string(header), -1) {
		declared[m[1]] = true
	}
	slim, err := leanSource(string(source), declared)
	if err != nil {
		return err
	}
	light := string(header)
	for _, change := range [][2]string{
		{"#include <torch/torch.h>", "#include <torch/cuda.h>\n#include <torch/types.h>\n#include <torch/utils.h>"},
		{"typedef torch::optim::Optimizer *optimizer;", "typedef void *optimizer;"},
		{"typedef torch::jit::script::Module *module;", "typedef void *module;"},
		{"typedef torch::jit::IValue *ivalue;", "typedef void *ivalue;"},
	} {
		if strings.Count(light, change[0]) != 1 {
			return fmt.Errorf("torch_api.h has no line %q: gotch is not the release that the fit knows", change[0])
		}
		light = strings.Replace(light, change[0], change[1], 1)
	}
	if err := os.WriteFile(filepath.Join(folder, "torch_api.h"), []byte(light), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "torch_api.cpp"), []byte(slim), 0o644)
}

// leanSource processes the top-level definitions of a C++ file. Unused ones become stubs if they are declared in the header,
// else they are removed.
func leanSource(source string, declared names) (slim string, err error) {
	var out, definition []string
	depth, stubs := 0, 0
	for line := range strings.Lines(heavyIncludes.ReplaceAllString(source, "")) {
		if len(definition) == 0 && (strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//")) {
			out = append(out, line)
			continue
		}
		definition = append(definition, line)
		depth += strings.Count(line, "{") - strings.Count(line, "}")
		text := strings.Join(definition, "")
		if depth != 0 || !strings.Contains(text, "{") && !strings.HasSuffix(strings.TrimSpace(line), ";") {
			continue
		}
		definition = nil
		signature, _, _ := strings.Cut(text, "{")
		name := handwrittenName.FindStringSubmatch(signature)
		switch {
		case !unused.MatchString(text):
			out = append(out, text)
		case name != nil && declared[name[1]]:
			out = append(out, emptied(strings.TrimSpace(signature), name[1]))
			stubs++
		}
	}
	switch {
	case depth != 0 || len(definition) > 0:
		return "", fmt.Errorf("torch_api.cpp: a definition has no end: %s", strings.TrimSpace(definition[0]))
	case stubs == 0:
		return "", fmt.Errorf("torch_api.cpp has nothing that could be left out: gotch is not the release that the fit knows")
	}
	return strings.Join(out, ""), nil
}

// emptied is a stub with this signature that reports the function as left out.
func emptied(signature, name string) string {
	result := " return 0;"
	if strings.HasPrefix(signature, "void ") && !strings.HasPrefix(signature, "void *") {
		result = ""
	}
	return fmt.Sprintf("%s { torch_last_err = strdup(\"%s: left out of this copy of gotch, and brought back by %s=%s make setup\");%s }\n",
		signature, name, gotchVariable, all, result)
}

package fit

import (
	"maps"
	"strings"
	"testing"
)

var threeBlocks = []block{{"atg_a", 10, 14}, {"atg_b", 16, 20}, {"atg_c", 22, 26}}

func TestAttribute(t *testing.T) {
	for _, c := range []struct {
		name, output string
		want         map[int]string
	}{
		{"in the wrapper", `In file included from /x/torch_api.cpp:1500:
/x/torch_api_generated.cpp.h: In function 'void atg_b(at::Tensor**)':
/x/torch_api_generated.cpp.h:17:12: error: 'b' is not a member of 'torch'
/x/torch_api_generated.cpp.h:17:12: note: suggested alternative: 'a'
/x/torch_api_generated.cpp.h:18:1: error: another one`,
			map[int]string{1: "error: 'b' is not a member of 'torch'"}},
		{"in a system header", `/usr/include/c++/12/bits/alloc.h: In instantiation of 'void construct(T*) [with T = int]':
/usr/include/c++/12/bits/vector.h:500:30:   required from 'void f() [with T = int]'
/x/torch_api_generated.cpp.h:23:9:   required from here
/usr/include/c++/12/bits/alloc.h:175:4: error: no matching function
/usr/include/c++/12/bits/alloc.h:176:4: error: and another`,
			map[int]string{2: "error: no matching function"}},
		{"the last required from here counts", `/usr/a.h: In instantiation of 'f':
/x/torch_api_generated.cpp.h:11:9:   required from here
/usr/a.h:1:2: error: first
/usr/a.h: In instantiation of 'g':
torch_api_generated.cpp.h:23:9:   required from here
/usr/a.h:3:4: error: second`,
			map[int]string{0: "error: first", 2: "error: second"}},
		{"without columns", `/usr/a.h: In instantiation of 'f':
/x/torch_api_generated.cpp.h:11:9:   required from here
/usr/a.h:1: error: first`,
			map[int]string{0: "error: first"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := attribute(c.output, threeBlocks)
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestAttributeRefuses(t *testing.T) {
	for _, c := range []struct{ name, output, want string }{
		{"between wrappers", "/x/torch_api_generated.cpp.h:15:1: error: stray", "outside every wrapper"},
		{"in another file", "/x/torch_api_generated.cpp.h:11:1: error: a\n/x/torch_api.cpp:99:1: error: b", "belongs to no wrapper: /x/torch_api.cpp:99:1"},
		{"after another place", `/usr/a.h: In instantiation of 'f':
/x/torch_api_generated.cpp.h:11:9:   required from here
/usr/a.h:1:2: error: first
/x/torch_api.cpp: In function 'g':
/usr/a.h:3:4: error: second`, "belongs to no wrapper: /usr/a.h:3:4"},
		{"missing header", `/x/torch_api_generated.cpp.h:11:9:   required from here
/x/torch_api.cpp:4:10: fatal error: torch/script.h: No such file or directory`, "torch/script.h"},
		{"no error at all", "g++: internal trouble", "internal trouble"},
		{"nothing", "", "can be attributed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := attribute(c.output, threeBlocks)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, error %v; want an error with %q", got, err, c.want)
			}
		})
	}
}

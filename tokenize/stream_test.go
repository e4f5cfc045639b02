package tokenize

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func stream(t *testing.T, in string, o StreamOptions) (string, Stats, error) {
	t.Helper()
	var out bytes.Buffer
	stats, err := small(t, "spm").Stream(context.Background(), "in.txt", strings.NewReader(in), &out, o)
	return out.String(), stats, err
}

// TestStreamKeepsOrder streams more lines than a chunk holds; every answer must stand at its line.
func TestStreamKeepsOrder(t *testing.T) {
	const n = 3*chunkLines + 5
	var in strings.Builder
	for i := range n {
		fmt.Fprintf(&in, "line %d\r\n", i)
	}
	out, stats, err := stream(t, in.String(), StreamOptions{JSON: true})
	if err != nil || stats.Lines != n || stats.Words < 2*n {
		t.Fatalf("%v, %v", stats, err)
	}
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var got struct{ IDs []int }
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if want := small(t, "spm").Encode(fmt.Sprintf("line %d", i)).IDs; !reflect.DeepEqual(got.IDs, want) {
			t.Fatalf("line %d: %v, want %v", i, got.IDs, want)
		}
	}
}

func TestStreamAnswers(t *testing.T) {
	tk := small(t, "spm")
	hi := tk.Encode("a \"\\").IDs
	pieces := make([]string, len(hi))
	for i, id := range hi {
		pieces[i], _ = tk.Piece(id)
	}
	words := []any{nil, 0.0, 2.0}
	for _, c := range []struct {
		name, in string
		o        StreamOptions
		check    func(map[string]any) bool
	}{
		{"pieces", "a \"\\", StreamOptions{JSON: true}, func(m map[string]any) bool { return fmt.Sprint(m["pieces"]) == fmt.Sprint(pieces) }},
		{"no layout", "a", StreamOptions{JSON: true}, func(m map[string]any) bool { return len(m["ids"].([]any)) == 1 }},
		{"layout", "a", StreamOptions{JSON: true, Special: true}, func(m map[string]any) bool { return m["ids"].([]any)[0] == 2.0 && m["words"].([]any)[0] == nil }},
		{"words of a list", `["a","\u200b","a"]`, StreamOptions{JSON: true, JSONInput: true, Words: true, Special: true},
			func(m map[string]any) bool { return reflect.DeepEqual(m["words"], words) }},
		{"words of a line", "a  a", StreamOptions{JSON: true, Words: true}, func(m map[string]any) bool { return reflect.DeepEqual(m["words"], []any{0.0, 1.0}) }},
		{"empty line", "\n", StreamOptions{JSON: true}, func(m map[string]any) bool {
			return reflect.DeepEqual(m, map[string]any{"ids": []any{}, "pieces": []any{}, "offsets": []any{}, "words": []any{}})
		}},
	} {
		out, _, err := stream(t, c.in, c.o)
		var m map[string]any
		if err != nil || json.Unmarshal([]byte(out), &m) != nil || !c.check(m) {
			t.Errorf("%s: %q, %v", c.name, out, err)
		}
	}
	if out, _, _ := stream(t, "a a", StreamOptions{}); out != fmt.Sprintf("%d %[1]d\t▁a ▁a\n", tk.Encode("a").IDs[0]) {
		t.Errorf("text: %q", out)
	}
}

func TestStreamStats(t *testing.T) {
	_, stats, err := stream(t, "[\"a\",\"\\u200b\",\"☃☃\"]\n[]\n[\"teacherteacher\"]\n", StreamOptions{JSONInput: true, Words: true})
	n := len(small(t, "spm").Encode("teacherteacher").IDs)
	if want := (Stats{Name: "in.txt", Rule: SPM, Lines: 3, Words: 4, SubTokens: 1 + 2 + n, Continued: 2, Emptied: 1, Unknown: 1}); err != nil || stats != want {
		t.Errorf("%+v, want %+v, %v", stats, want, err)
	}
	if stats.Fertility() != float64(3+n)/4 || (Stats{}).Fertility() != 0 {
		t.Errorf("fertility %v", stats.Fertility())
	}
}

func TestStreamErrors(t *testing.T) {
	out, _, err := stream(t, "\"a\"\n\"b\"\nc\n", StreamOptions{JSONInput: true})
	if err == nil || !strings.Contains(err.Error(), "in.txt:3: not a JSON string") || strings.Count(out, "\n") != 2 {
		t.Errorf("%q, %v", out, err)
	}
	if _, _, err := stream(t, "\"a\"\n", StreamOptions{JSONInput: true, Words: true}); err == nil || !strings.Contains(err.Error(), "in.txt:1: not a JSON list") {
		t.Errorf("%v", err)
	}
	for in, words := range map[string]bool{"null\n": false, "null": true, `["a", null]`: true} {
		if out, _, err := stream(t, in, StreamOptions{JSONInput: true, Words: words}); err == nil || !strings.Contains(err.Error(), "null") {
			t.Errorf("%s: %q, %v, want an error about null", in, out, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	in := strings.Repeat("a\n", 2*chunkLines)
	if stats, err := small(t, "spm").Stream(ctx, "in", strings.NewReader(in), nil, StreamOptions{}); !errors.Is(err, context.Canceled) || stats.Lines != chunkLines {
		t.Errorf("%v, %v", stats, err)
	}
}

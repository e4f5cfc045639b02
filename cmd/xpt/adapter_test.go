package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"xpt"
)

// What a run was exported to labels and scores as the run itself, with all that the run says of its head.
func TestExportedAdapterEqualsItsRun(t *testing.T) {
	dir := workshop(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("texts.txt"), []byte("the cat sleeps\na dog eats .\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"prefix", "prompt", "lora"} {
		run, adapter := at(method), at(method+"-adapter")
		mustXPT(t, "train", "--checkpoint", at("checkpoint"), "--task", "udpos", "--data", dir, "--dtype", "float32", "--epochs", "2", "--batch-size", "2", "--limit", "1", "--pool", "first", "--method", method, "--out", run)
		mustXPT(t, "convert", run, adapter, "--to", "peft")
		predict := func(of string, more ...string) string {
			t.Helper()
			return mustXPT(t, append([]string{"predict", of, "--text", at("texts.txt"), "--dtype", "float32", "--json"}, more...)...)
		}
		want := predict(run)
		for _, more := range [][]string{nil, {"--checkpoint", at("checkpoint")}, {"--checkpoint", at("checkpoint"), "--task", "udpos"}} {
			if got := predict(adapter, more...); got != want {
				t.Errorf("%s %v: predicts\n%s, want\n%s", method, more, got, want)
			}
		}
		var results []xpt.RunResult
		if err := json.Unmarshal([]byte(mustXPT(t, "eval", run, adapter, "--data", dir, "--dtype", "float32", "--json")), &results); err != nil {
			t.Fatal(err)
		}
		if a, b := results[0], results[1]; !reflect.DeepEqual(a.Languages, b.Languages) || a.Record.Counts != b.Record.Counts || b.Run != method+"-adapter" {
			t.Errorf("%s: the adapter's results are %+v, the run's %+v", method, b, a)
		}
		if err := json.Unmarshal([]byte(mustXPT(t, "eval", run, adapter, "--data", dir, "--split", "dev", "--dtype", "float32", "--json")), &results); err != nil {
			t.Fatal(err)
		}
		if a, b := results[0], results[1]; a.Languages[0].Seen != "chose the state" || b.Languages[0].Seen != a.Languages[0].Seen || a.Record.TrainedOn() != b.Record.TrainedOn() {
			t.Errorf("%s: of its dev set the adapter says %q (%s), the run %q (%s)", method, b.Languages[0].Seen, b.Record.TrainedOn(), a.Languages[0].Seen, a.Record.TrainedOn())
		}
		if table := mustXPT(t, "eval", run, adapter, "--data", dir, "--dtype", "float32"); !strings.Contains(table, method+"-adapter") {
			t.Errorf("the table has no column of the adapter:\n%s", table)
		}
		if _, stderr, status := invoke(t, "predict", adapter, "--text", at("texts.txt"), "--task", "panx"); status != 1 || !strings.Contains(stderr, "it was trained for udpos") {
			t.Errorf("another task: status %d: %s", status, stderr)
		}
		if _, stderr, status := invoke(t, "predict", run, "--text", at("texts.txt"), "--task", "udpos"); status != 1 || !strings.Contains(stderr, "go with a PEFT adapter") {
			t.Errorf("--task of a run: status %d: %s", status, stderr)
		}
	}
}

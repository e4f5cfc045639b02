package ranks

import (
	"slices"
	"strings"
	"testing"
)

func TestFromEnvironment(t *testing.T) {
	torchrun := map[string]string{"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "node0", "MASTER_PORT": "29500"}
	slurm := map[string]string{"SLURM_PROCID": "2", "SLURM_NTASKS": "3", "SLURM_STEP_NUM_TASKS": "3", "SLURM_LOCALID": "0", "SLURM_JOB_ID": "1234567",
		"SLURM_STEP_ID": "0", "SLURM_STEP_NODELIST": "cpu[07-08,11],login"}
	with := func(base map[string]string, pairs ...string) func(string) string {
		return func(name string) string {
			if i := slices.Index(pairs, name); i >= 0 {
				return pairs[i+1]
			}
			return base[name]
		}
	}
	for name, c := range map[string]struct {
		getenv func(string) string
		want   Environment // zero: one process
		err    string
	}{
		"none":                    {getenv: with(nil)},
		"torchrun":                {getenv: with(torchrun), want: Environment{Rank: 3, Size: 4, LocalRank: 1, Host: "node0", Port: 29500}},
		"one process of torchrun": {getenv: with(torchrun, "RANK", "0", "WORLD_SIZE", "1")},
		"torchrun below srun":     {getenv: func(n string) string { return with(slurm)(n) + with(torchrun)(n) }, want: Environment{Rank: 3, Size: 4, LocalRank: 1, Host: "node0", Port: 29500}},
		"a pod":                   {getenv: with(torchrun, "LOCAL_RANK", ""), want: Environment{Rank: 3, Size: 4, Host: "node0", Port: 29500}},
		"no address":              {getenv: with(torchrun, "MASTER_ADDR", ""), err: "MASTER_ADDR is not set"},
		"rank 3 of one":           {getenv: with(torchrun, "WORLD_SIZE", "1"), err: "rank 3 of 1 processes"},
		"rank 3 of none":          {getenv: with(torchrun, "WORLD_SIZE", "0"), err: "WORLD_SIZE is how many there are"},
		"a rank alone":            {getenv: with(nil, "RANK", "1"), err: "WORLD_SIZE is not set"},
		"no number":               {getenv: with(torchrun, "RANK", "x"), err: `RANK is "x"`},
		"a rank too large":        {getenv: with(torchrun, "RANK", "4"), err: "rank 4 of 4 processes"},
		"a local rank too large":  {getenv: with(torchrun, "LOCAL_RANK", "4"), err: "process 4 of its machine"},
		"no port":                 {getenv: with(torchrun, "MASTER_PORT", "70000"), err: "MASTER_PORT is 70000"},
		"srun":                    {getenv: with(slurm), want: Environment{Rank: 2, Size: 3, Host: "cpu07", Port: slurmFirstPort + 1234567*16%slurmPorts}},
		"a batch script":          {getenv: with(slurm, "SLURM_STEP_NUM_TASKS", "")},
		"srun of one task":        {getenv: with(slurm, "SLURM_STEP_NUM_TASKS", "1")},
		"srun without a rank":     {getenv: with(slurm, "SLURM_PROCID", ""), err: "SLURM_PROCID is not set"},
	} {
		got, several, err := FromEnvironment(c.getenv)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", name, err, c.err)
			}
			continue
		}
		got.attempt = ""
		if err != nil || got != c.want || several != (c.want.Size > 1) {
			t.Errorf("%s: %+v, %v, %v, want %+v", name, got, several, err, c.want)
		}
	}
}

// A launcher that starts all processes again gives them a number, so that they meet none of the attempt before.
func TestAttempts(t *testing.T) {
	env := map[string]string{"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "a", "MASTER_PORT": "1", "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "1"}
	e, _, err := FromEnvironment(func(name string) string { return env[name] })
	if err != nil || !e.agentStore || e.attempt != "1" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestFirstHost(t *testing.T) {
	for list, want := range map[string]string{
		"node": "node", "a,b": "a", "node[07-12,20],login": "node07", "node[3,5]": "node3", "r[1-2]n[04-05].x,y": "r1n04.x", "a-1,b[1-2]": "a-1",
	} {
		if got := firstHost(list); got != want {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
	}
}

// Package ranks joins the processes that share one computation, and has the collectives that they work by. A launcher
// (torchrun, Slurm's srun, a Kubernetes job) starts them and says by environment variables which one each is.
package ranks

import (
	"net"
	"strconv"
	"strings"

	"xpt/internal/usererror"
)

// Environment is what a launcher says of this process.
type Environment struct {
	Rank, Size int
	LocalRank  int // among those of this machine
	Host       string
	Port       int // of rank 0, where they find one another

	agentStore bool   // the launcher itself listens on the port
	attempt    string // that of a launcher that starts them again
}

// FromEnvironment reads the variables of torchrun and of Kubernetes jobs (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR,
// MASTER_PORT), or those of a job step of Slurm with several tasks. several is false where there is one process; then e is zero.
func FromEnvironment(getenv func(string) string) (e Environment, several bool, err error) {
	switch {
	case getenv("RANK") != "" || getenv("WORLD_SIZE") != "":
		e, err = fromVariables(getenv)
	case getenv("SLURM_STEP_NUM_TASKS") != "" && getenv("SLURM_STEP_NUM_TASKS") != "1":
		e, err = fromSlurm(getenv)
	}
	if err != nil || e.Size <= 1 && e.Rank == 0 {
		return Environment{}, false, err
	}
	switch {
	case e.Size == 0:
		err = usererror.Errorf("rank %d of 0 processes: WORLD_SIZE is how many there are", e.Rank)
	case e.Rank >= e.Size:
		err = usererror.Errorf("rank %d of %d processes: ranks are 0 to %d", e.Rank, e.Size, e.Size-1)
	case e.LocalRank > e.Rank:
		err = usererror.Errorf("rank %d is said to be process %d of its machine, counted from 0", e.Rank, e.LocalRank)
	case e.Port == 0 || e.Port > 65535:
		err = usererror.Errorf("MASTER_PORT is %d: expected from 1 to 65535", e.Port)
	}
	return e, err == nil, err
}

// reader reads variables until one is missing or wrong.
type reader struct {
	getenv func(string) string
	err    error
}

func (r *reader) text(name string) string {
	value := r.getenv(name)
	if value == "" && r.err == nil {
		r.err = usererror.Errorf("%s is not set, though this is one of several processes: start them with torchrun or srun, or set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT", name)
	}
	return value
}

func (r *reader) number(name string) int {
	text := r.text(name)
	n, err := strconv.Atoi(text)
	if (err != nil || n < 0) && r.err == nil {
		r.err = usererror.Errorf("%s is %q: expected a number", name, text)
	}
	return n
}

func fromVariables(getenv func(string) string) (e Environment, err error) {
	r := reader{getenv: getenv}
	e.Rank, e.Size = r.number("RANK"), r.number("WORLD_SIZE")
	if r.err == nil && e.Size <= 1 && e.Rank == 0 {
		return Environment{}, nil
	}
	e.Host, e.Port = r.text("MASTER_ADDR"), r.number("MASTER_PORT")
	if getenv("LOCAL_RANK") != "" { // a Kubernetes pod has one process
		e.LocalRank = r.number("LOCAL_RANK")
	}
	e.agentStore, e.attempt = getenv("TORCHELASTIC_USE_AGENT_STORE") == "True", getenv("TORCHELASTIC_RESTART_COUNT")
	return e, r.err
}

// Slurm's jobs share no port: each takes one by its id.
const (
	slurmFirstPort = 12000
	slurmPorts     = 16000
)

func fromSlurm(getenv func(string) string) (e Environment, err error) {
	r := reader{getenv: getenv}
	e.Rank, e.Size, e.LocalRank = r.number("SLURM_PROCID"), r.number("SLURM_STEP_NUM_TASKS"), r.number("SLURM_LOCALID")
	nodes := getenv("SLURM_STEP_NODELIST")
	if nodes == "" {
		nodes = r.text("SLURM_NODELIST")
	}
	e.Host = firstHost(nodes)
	e.Port = slurmFirstPort + (r.number("SLURM_JOB_ID")*16+stepOf(getenv))%slurmPorts
	e.attempt = getenv("SLURM_STEP_ID") + "." + getenv("SLURM_RESTART_COUNT")
	return e, r.err
}

// stepOf tells steps of one job apart that run side by side.
func stepOf(getenv func(string) string) int {
	step, _ := strconv.Atoi(getenv("SLURM_STEP_ID"))
	return step % 16
}

// firstHost is the first of Slurm's list of hosts, such as node[07-12,20],login.
func firstHost(list string) string {
	var host strings.Builder
	for list != "" {
		before, rest, bracket := strings.Cut(list, "[")
		if name, _, more := strings.Cut(before, ","); more {
			host.WriteString(name)
			break
		}
		host.WriteString(before)
		if !bracket {
			break
		}
		inside, after, _ := strings.Cut(rest, "]")
		first, _, _ := strings.Cut(inside, ",")
		first, _, _ = strings.Cut(first, "-")
		host.WriteString(first)
		list = after
	}
	return host.String()
}

// ownAddress is the address of this machine that a process at host reaches it by.
func ownAddress(host string, port int) (string, error) {
	to, err := net.Dial("udp", net.JoinHostPort(host, strconv.Itoa(port))) // sends nothing
	if err != nil {
		return "", usererror.Errorf("MASTER_ADDR: %w", err)
	}
	defer to.Close()
	own, _, err := net.SplitHostPort(to.LocalAddr().String())
	return own, err
}

#!/usr/bin/env bash
# Runs a study as an array of jobs under Debian's Slurm: a controller, a node of this machine with two slots and munge, all of them in
# a folder of their own and without systemd. The script is testdata/cluster/sbatch.sh, as users have it. Of four jobs one's xpt is
# killed by kill -9, one is cancelled, and one is told that its time is over and comes back; what is left must be what one process
# leaves, with one report.
#
#     testdata/slurm/test.sh [WORK]
#
# WORK is a new temporary folder unless named. It needs bin/xpt, and root: Slurm's packages are installed where they are missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() { echo "testdata/slurm/test.sh: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "it starts Slurm's daemons: run it as root, as in a container"
[ -x bin/xpt ] || fail "there is no bin/xpt: make build"
if ! command -v slurmctld slurmd munged sbatch >/dev/null; then
    echo 'installs slurmctld, slurmd, slurm-client and munge'
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge; } \
        >/tmp/slurm-install.log 2>&1 || fail "its packages cannot be installed, see /tmp/slurm-install.log"
fi
work=${1:-$(mktemp -d)}
mkdir -p "$work"
work=$(cd "$work" && pwd) repository=$PWD

daemons=()
stop() {
    for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
}
trap stop EXIT

# until waits until a condition holds, for at most so many seconds.
until_true() {
    local seconds=$1
    shift
    for _ in $(seq $((10 * seconds))); do
        ! "$@" || return 0
        sleep 0.1
    done
    squeue 2>&1 || true
    tail -n 20 "$work"/*.log "$work"/logs/* 2>/dev/null || true
    fail "after $seconds seconds not yet: $*"
}

start_slurm() {
    local host
    host=$(hostname -s)
    mkdir -p "$work/state" "$work/spool" "$work/logs"
    head -c 1024 /dev/urandom >"$work/munge.key"
    chmod 400 "$work/munge.key"
    munged --foreground --force --socket "$work/munge" --key-file "$work/munge.key" --pid-file "$work/munged.pid" \
        --log-file "$work/munged.log" --seed-file "$work/munge.seed" >"$work/munged.out" 2>&1 &
    daemons+=($!)
    cat >"$work/slurm.conf" <<CONF
ClusterName=xpt
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=26817
SlurmdPort=26818
AuthInfo=socket=$work/munge,cred_expire=6
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2
ReturnToService=2
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
    export SLURM_CONF=$work/slurm.conf
    until_true 10 test -S "$work/munge"
    slurmctld -D >"$work/slurmctld.out" 2>&1 &
    daemons+=($!)
    slurmd -D -N "$host" >"$work/slurmd.out" 2>&1 &
    daemons+=($!)
    until_true 30 idle
}

idle() { [ "$(sinfo --noheader --format %T 2>/dev/null)" = idle ]; }

# study makes the checkpoint, the data and a file of the demo's study, of one of its tasks.
study() {
    go run ./internal/minicorpus "$work/data"
    bin/xpt convert testdata/mini/checkpoint "$work/checkpoint" --dtype float32 >/dev/null
    sed -e "s|^checkpoint:.*|checkpoint: $work/checkpoint|" -e "s|^data:.*|data: $work/data|" -e '/^out:/d' \
        -e 's/^tasks:.*/tasks: [udpos]/' -e '/^    panx:/,$d' -e 's/^  epochs: 2/  epochs: 2\n  save-every: 20/' -e 's/^settings:/eval-limit: 100\nsettings:/' \
        testdata/study/mini.yaml >"$work/study.yaml"
}

# id prints the number of a job of the array, as Slurm counts them.
id() { squeue --noheader --array --jobs "$array" --format '%A %K' 2>/dev/null | awk -v task="$1" '$2 == task {print $1}'; }

# process prints the xpt of a job.
process() {
    scontrol listpids "$(id "$1")" 2>/dev/null | awk '$1 > 0 {print $1}' | while read -r pid; do
        case $(cat "/proc/$pid/comm" 2>/dev/null) in xpt*) echo "$pid" ;; esac
    done
}

# cell prints what a job works on, by the claims.
cell() { grep -l "\"pid\":$(process "$1"),.*\"released\":false" "$out"/claims/udpos* 2>/dev/null | xargs -r -n 1 basename | sed 's/\.[0-9]*$//'; }

works() { [ -n "$(process "$1")" ] && [ -n "$(cell "$1")" ]; }

ended() { [ -z "$(squeue --noheader 2>&1)" ]; }

# shows a job's state once it is over.
state() { scontrol --oneliner show job "${array}_$1" | sed -E 's/.*JobState=([A-Z]+).*Restarts=([0-9]+).* ExitCode=([0-9:]+).*/\1, \2 restarts, exit code \3/'; }

start_slurm
study
echo "$(scontrol --version): $(sinfo --noheader --format '%D node, %c slots')"
began=$SECONDS
bin/xpt study "$work/study.yaml" --threads 1 --dtype float32 --out "$work/whole" >"$work/whole.log" 2>&1
echo "one process: $((SECONDS - began)) s"

# A training of two tasks of a step has the losses of one process.
train() {
    local out=$1
    shift
    "$@" bin/xpt train --checkpoint "$work/checkpoint" --task udpos --method prefix --data "$work/data" --limit 200 --dev-limit 50 --epochs 2 \
        --batch-size 8 --threads 1 --dtype float32 --out "$out" >"$out.log" 2>&1 || { cat "$out.log"; fail "training $out"; }
}
losses() { sed -nE 's/.*"loss":([0-9.e-]+).*/\1/p' "$1/metrics.jsonl"; }
train "$work/alone" env
train "$work/together" srun --ntasks 2 --mem=0
paste <(losses "$work/alone") <(losses "$work/together") | awk '
    { d = $1 - $2; if (d < 0) d = -d; if (d > 1e-6 * $1) bad = 1; n++ }
    END { print "srun, two tasks: " n " losses, those of one process within 1e-6"; exit bad || n < 5 }' || fail 'srun: other losses'

out=$work/shared began=$SECONDS
array=$(cd "$work/logs" && XPT=$repository/bin/xpt sbatch --parsable --array=0-3 --cpus-per-task=1 --mem=0 \
    "$repository/testdata/cluster/sbatch.sh" "$work/study.yaml" --dtype float32 --out "$out")
at() { echo "$((SECONDS - began)) s: $*"; }
until_true 60 works 0
until_true 60 works 1
at "job 0 works on $(cell 0), job 1 on $(cell 1); job 0's xpt is killed"
kill -9 "$(process 0)"
until_true 60 works 2
at "job 2 works on $(cell 2); job 1 is cancelled"
scancel "${array}_1"
until_true 60 works 3
at "job 3 works on $(cell 3); job 2 is told that its time is over"
scancel --batch --signal=USR1 "$(id 2)"
until_true 240 ended
at 'all have ended'
for job in 0 1 2 3; do echo "job $job: $(state "$job")"; done
grep -h -E 'taken over|stopped' "$work"/logs/*.log || true

testdata/study/same.sh "$work/whole" "$out"
# A job that comes back once all is done makes it anew.
[ "$(find "$out/claims" -name 'report.*' | wc -l)" = 1 ] || [ "$(grep -c 'done before' "$work/logs/xpt-study-${array}_2.log")" = 4 ] ||
    fail "the report was made more than once"
[[ $(state 0) = FAILED* && $(state 1) = CANCELLED* && $(state 2) = "COMPLETED, 1 restarts"* && $(state 3) = "COMPLETED, 0 restarts"* ]] || fail "jobs ended in another way"
echo 'the array left what one process leaves, and one report'

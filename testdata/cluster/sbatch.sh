#!/bin/bash
# A study as an array of Slurm jobs, on a file system that all nodes see: the jobs share its cells, and the last one to end
# leaves the report. More jobs may be added while it runs by the same command.
#
#   xpt study --example sbatch > study.sbatch
#   sbatch study.sbatch FILE.yaml [flags of xpt study]
#
#SBATCH --job-name=xpt-study
#SBATCH --array=0-3            # so many jobs; any number does
#SBATCH --cpus-per-task=8
#SBATCH --mem=32G
##SBATCH --gpus-per-task=1     # with one # less: a GPU each
#SBATCH --time=08:00:00
#SBATCH --signal=B:USR1@300    # five minutes before the time is over the job saves and goes back into the queue
#SBATCH --requeue              # and after a failure of its node
#SBATCH --open-mode=append
#SBATCH --output=%x-%A_%a.log

again=
trap 'again=yes; kill -TERM "$pid"' USR1

"${XPT:-xpt}" study --threads "$SLURM_CPUS_PER_TASK" "$@" &
pid=$!
wait "$pid"
status=$?
if [ "$again" ]; then # the trap ended that wait
    wait "$pid"
    status=$?
    [ "$status" != 143 ] || scontrol requeue "$SLURM_JOB_ID" # 143: it was stopped, and saved
fi
exit "$status"

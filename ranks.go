package xpt

import (
	"context"
	"os"

	"xpt/internal/ranks"
	"xpt/internal/usererror"
)

// Ranks are processes that share one training or evaluation: see [JoinRanks]. Each calls the same functions with the
// same arguments, and gets the same results; rank 0 alone writes files. Nil is a process by itself.
type Ranks struct{ group *ranks.Group }

// JoinRanks meets the other processes that a launcher started beside this one, as the environment says: RANK,
// WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT of torchrun or a Kubernetes job, or Slurm's variables of a
// job step with several tasks. It returns nil where there is one process. Give the result to [Compute], and close
// it.
func JoinRanks(ctx context.Context) (*Ranks, error) {
	e, several, err := ranks.FromEnvironment(os.Getenv)
	if err != nil || !several {
		return nil, usererror.Of(err)
	}
	g, err := ranks.Join(ctx, e)
	if err != nil {
		return nil, err
	}
	return &Ranks{g}, nil
}

// Rank is the number of this process, from 0.
func (r *Ranks) Rank() int {
	if r == nil {
		return 0
	}
	return r.group.Rank
}

// Size is how many processes there are.
func (r *Ranks) Size() int {
	if r == nil {
		return 1
	}
	return r.group.Size
}

// Close leaves the others, after err or nil. Without an error it waits until all have come as far. With one the others
// end as well, and say why. It returns err, or the error that err comes from where another process ended first.
func (r *Ranks) Close(err error) error {
	if r == nil {
		return err
	}
	return r.group.Close(err)
}

func (r *Ranks) of() *ranks.Group {
	if r == nil {
		return nil
	}
	return r.group
}

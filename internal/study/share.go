package study

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"xpt/internal/claim"
)

// reportClaim is the claim on the report; its note says which outcomes it was made of.
const reportClaim = "report"

// Report lets write make the report of the folder, one process after another, unless another one has made it of the same outcomes
// since this process began to run the study: of those that wait for one another's cells one makes it.
func (p *Plan) Report(ctx context.Context, write func() error) error {
	for {
		outcomes, err := p.outcomesKey()
		if err != nil {
			return err
		}
		last, err := claim.Look(filepath.Join(p.dir, claimsDir), reportClaim)
		if err != nil || last.Generation > p.reports && last.Note == outcomes {
			return err
		}
		_, c, err := claim.Take(ctx, filepath.Join(p.dir, claimsDir), reportClaim)
		switch {
		case err == nil:
			if err = write(); err != nil {
				outcomes = ""
			}
			return errors.Join(err, c.Release(outcomes))
		case ctx.Err() != nil:
			return stopped(ctx.Err())
		case !errors.Is(err, claim.ErrTaken):
			return err
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// outcomesKey is a checksum of what ended how and when.
func (p *Plan) outcomesKey() (string, error) {
	outcomes, err := ReadOutcomes(p.dir)
	if err != nil {
		return "", err
	}
	type end struct {
		Name, Key, Status string
		Ended             time.Time
	}
	var ends []end
	for _, o := range outcomes {
		ends = append(ends, end{o.Name(), o.Key, o.Status, o.Ended})
	}
	return checksum(ends), nil
}

package ranks

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// joinNobody joins a group of two as rank 1, whose rank 0 never comes.
func joinNobody(t *testing.T, ctx context.Context) error {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	_, err = Join(ctx, Environment{Rank: 1, Size: 2, Host: "127.0.0.1", Port: free.Addr().(*net.TCPAddr).Port})
	return err
}

// A process that finds nobody says so after a time, and one that a signal ends meanwhile was stopped.
func TestJoinAlone(t *testing.T) {
	defer func(d time.Duration) { joinTime = d }(joinTime)
	joinTime = time.Second
	if err := joinNobody(t, t.Context()); err == nil || !strings.Contains(err.Error(), "does not meet the others at 127.0.0.1:") || !strings.Contains(err.Error(), "none listens there") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(100*time.Millisecond, func() { cancel(errors.New("interrupt")) })
	if err := joinNobody(t, ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

package bench

import (
	"context"
	_ "embed"
	"fmt"
	"os/exec"
)

//go:embed peer.py
var peerScript string

// OpenPeer returns the side of a Python with torch, transformers and peft, and their versions.
func OpenPeer(ctx context.Context, python string) (peer Side, versions string, err error) {
	path, err := exec.LookPath(python)
	if err != nil {
		return peer, "", fmt.Errorf("--peer: no Python at %s", python)
	}
	peer = Side{Name: "--peer " + python, Command: []string{path, "-c", peerScript}}
	s, err := peer.Do(ctx, Job{Kind: Versions})
	if err != nil {
		return peer, "", fmt.Errorf("%w: it needs torch, transformers and peft", err)
	}
	peer.Name = "peer"
	return peer, s.Versions, nil
}

package hub

import (
	"os"

	"xpt/internal/disk"
	"xpt/internal/usererror"
)

// checkSpace refuses files for which the cache's disk has no room. What was downloaded before is there already.
func (c *Client) checkSpace(repo Repo, files []file) error {
	var missing float64 // sizes are what a hub says: their sum may be beyond int64
	for _, f := range files {
		blob := c.blobPath(repo, f)
		have := sizeOf(blob)
		if have != f.size {
			have = min(sizeOf(blob+".incomplete"), f.size)
		}
		missing += float64(f.size) - float64(have)
	}
	if err := os.MkdirAll(c.Cache, 0o755); err != nil {
		return err
	}
	free, said, err := disk.Free(c.Cache)
	if err != nil {
		return err
	}
	if said && missing > free {
		return usererror.Errorf("%.1f GB are to come, and %s has %.1f GB free: make room, or set HF_HOME to a folder on another disk", missing/1e9, c.Cache, free/1e9)
	}
	return nil
}

// sizeOf is a file's size, 0 where there is none.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

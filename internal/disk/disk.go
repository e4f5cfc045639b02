// Package disk says how much room a disk has.
package disk

import (
	"fmt"
	"syscall"
)

// Free is the bytes that the disk of a folder has free. said is false where it does not say, as some network disks do not.
func Free(dir string) (bytes float64, said bool, err error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, false, fmt.Errorf("look for free space in %s: %w", dir, err)
	}
	return float64(disk.Bavail) * float64(disk.Bsize), disk.Blocks > 0, nil
}

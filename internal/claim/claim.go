// Package claim shares work out among processes on the machines of a shared file system, such as NFS, which need no locks for it.
//
// A claim on a name is the file NAME.N with the largest N, its generation, which was created exclusively: of all who want generation
// N+1 one gets it. The files stay, so that nobody takes over a claim twice, however long ago it was looked at. The owner renews
// the file; a claim that is released, whose process is gone from this machine, or that was not renewed for [Expiry] by the file server's
// clock is free.
package claim

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"xpt/internal/regular"
)

// Renewal is the time between two renewals. Tests set it.
var Renewal = 20 * time.Second

// Expiry is how long an owner may not renew its claim before others take it over. NFS clients see a file's changes within a few
// seconds, and a file server that starts again is back within a minute or two.
func Expiry() time.Duration { return 6 * Renewal }

// ErrTaken is wrapped where another process has the claim.
var ErrTaken = errors.New("in work elsewhere")

// ErrLost is the cause of the context of a claim that others may have taken over.
var ErrLost = errors.New("its claim was not renewed in time, and is another process's")

// owner is what a claim's file holds.
type owner struct {
	Host     string `json:"host"`    // for people
	Machine  string `json:"machine"` // that PID is a process of
	PID      int    `json:"pid"`
	Start    string `json:"start"` // of the process, as PIDs are used again
	ID       string `json:"id"`    // of the claim
	Renewals int    `json:"renewals"`
	Released bool   `json:"released"`
	Note     string `json:"note,omitempty"` // what the owner left to say
}

// largest limits the bytes of a claim's file.
const largest = 1 << 16

// Claim is a claim that this process owns.
type Claim struct {
	Before string // whom it was taken over from, such as process 7 on node3; empty: it was free

	path    string // of its generation
	next    string // of the one after, which whoever takes it over makes
	every   time.Duration
	mutex   sync.Mutex // of what follows, and of the file
	owner   owner
	renewed time.Time
	lost    bool
	cancel  context.CancelCauseFunc
	ended   chan struct{}
}

// Last describes the newest generation of a claim: its number, 0 for none, and what its owner left to say when it was released.
type Last struct {
	Generation int
	Note       string
}

// Look looks at the claim of a name in a folder.
func Look(folder, name string) (last Last, err error) {
	if last.Generation, err = newest(folder, name); err != nil || last.Generation == 0 {
		return last, err
	}
	o, _, err := read(generation(folder, name, last.Generation))
	if err == nil && o.Released {
		last.Note = o.Note
	}
	return last, err
}

// Take claims a name in a folder, which it makes, and renews the claim until Release. Another process's claim is ErrTaken. held is ctx
// until the claim is lost: the cause is then ErrLost, and what was begun under it must not be written.
func Take(ctx context.Context, folder, name string) (held context.Context, c *Claim, err error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, nil, err
	}
	n, err := newest(folder, name)
	if err != nil {
		return nil, nil, err
	}
	before, silent := "", false // silent: the owner before may be alive, and have been kept from renewing
	if n > 0 {
		if before, silent, err = free(generation(folder, name, n)); err != nil {
			return nil, nil, err
		}
	}
	c = &Claim{Before: before, path: generation(folder, name, n+1), next: generation(folder, name, n+2), every: Renewal, owner: me(), ended: make(chan struct{})}
	if err := c.create(); err != nil {
		return nil, nil, err
	}
	held, c.cancel = context.WithCancelCause(ctx)
	go c.renew(held)
	if silent {
		err = depose(ctx, generation(folder, name, n))
	}
	if err != nil {
		return nil, nil, errors.Join(err, c.Release(""))
	}
	return held, c, nil
}

// depose waits until a silent owner that is alive must have seen that it lost its claim. Its file is emptied for that: NFS may show
// it the folder as it was a minute ago, but not a file that it opens. It is done twice, as the owner may be renewing it right now.
func depose(ctx context.Context, path string) error {
	for range 2 {
		if err := os.Truncate(path, 0); err != nil {
			return err
		}
		select {
		case <-time.After(Renewal * 3 / 2):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// generation is the file of a claim's generation n.
func generation(folder, name string, n int) string {
	return filepath.Join(folder, name+"."+strconv.Itoa(n))
}

// newest is the newest generation of a claim, 0 for none.
func newest(folder, name string) (n int, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	for _, e := range entries {
		if digits, ok := strings.CutPrefix(e.Name(), name+"."); ok {
			if one, err := strconv.ParseInt(digits, 10, 32); err == nil {
				n = max(n, int(one))
			}
		}
	}
	return n, nil
}

// create makes the claim's file: exclusively, which NFS does at the server.
func (c *Claim) create() error {
	f, err := os.OpenFile(c.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if errors.Is(err, fs.ErrExist) { // a listing of the folder may be some seconds old
		return taken(c.path)
	}
	if err != nil {
		return err
	}
	if err := c.write(f); err != nil {
		return err
	}
	c.renewed = time.Now()
	return nil
}

// write writes the owner over a claim's file, and closes it.
func (c *Claim) write(f *os.File) error {
	b, err := json.Marshal(c.owner)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = f.WriteAt(append(b, '\n'), 0)
	return errors.Join(err, f.Sync(), f.Close())
}

// free tells by nil whether a claim is free, and whose it was unless it was released. silent: it is since its owner said nothing for too
// long.
func free(path string) (owner string, silent bool, err error) {
	o, broken, err := read(path)
	switch {
	case err != nil:
		return "", false, err
	case !broken && o.Released:
		return "", false, nil
	case !broken && o.Machine == machine() && !alive(o.PID, o.Start):
		return o.String(), false, nil
	}
	age, err := age(path)
	if err == nil && age <= Expiry() {
		err = fmt.Errorf("%w, by %v", ErrTaken, o)
	}
	return o.String(), true, err
}

// taken is the error of a claim that another process has just made.
func taken(path string) error {
	o, _, err := read(path)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w, by %v", ErrTaken, o)
}

func (o owner) String() string {
	if o.PID == 0 {
		return "a process whose claim is broken"
	}
	return fmt.Sprintf("process %d on %s", o.PID, o.Host)
}

// read reads a claim's file. A file that is broken, or that its owner is writing, counts only by its age.
func read(path string) (o owner, broken bool, err error) {
	b, err := regular.ReadFile(path, largest)
	if err != nil {
		return o, false, err
	}
	if json.Unmarshal(b, &o) != nil || o.ID == "" || o.PID <= 0 {
		return owner{}, true, nil
	}
	return o, false, nil
}

// age is how long ago a file was written, by the clock of its server: that of a file which is written now.
func age(path string) (time.Duration, error) {
	now, err := os.Create(filepath.Join(filepath.Dir(path), ".now"))
	if err != nil {
		return 0, err
	}
	defer now.Close()
	if _, err := now.WriteString("\n"); err != nil {
		return 0, err
	}
	if err := now.Sync(); err != nil {
		return 0, err
	}
	then, err := os.Open(path) // NFS tells the time anew to whoever opens a file
	if err != nil {
		return 0, err
	}
	defer then.Close()
	at, err := now.Stat()
	if err != nil {
		return 0, err
	}
	was, err := then.Stat()
	if err != nil {
		return 0, err
	}
	return at.ModTime().Sub(was.ModTime()), nil
}

// renew renews the claim until it is released or lost.
func (c *Claim) renew(held context.Context) {
	ticker := time.NewTicker(c.every)
	defer ticker.Stop()
	for {
		select {
		case <-c.ended:
			return
		case <-ticker.C:
			if errors.Is(c.again(), ErrLost) {
				c.cancel(ErrLost)
				return
			}
		}
	}
}

// again renews the claim once. It is lost where another process has made the next generation, and where its file was emptied or is gone.
func (c *Claim) again() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	o, _, err := read(c.path)
	if c.lost = c.lost || errors.Is(err, fs.ErrNotExist) || err == nil && o.ID != c.owner.ID; c.lost {
		return ErrLost
	}
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	now := time.Now()
	c.owner.Renewals++
	if err := c.write(f); err != nil {
		return err
	}
	if _, err := os.Stat(c.next); err == nil { // after the renewal, which whoever takes it over has not seen
		c.lost = true
		return ErrLost
	}
	c.renewed = now
	return nil
}

// Check is an error where the claim is lost, or may be; it is asked before a result is written.
func (c *Claim) Check() error {
	c.mutex.Lock()
	fresh := !c.lost && time.Since(c.renewed) < 3*c.every
	c.mutex.Unlock()
	if fresh {
		return nil
	}
	return c.again()
}

// Release gives the claim up, with a note for [Look]. A lost one is left to its new owner.
func (c *Claim) Release(note string) error {
	close(c.ended)
	defer c.cancel(context.Canceled)
	err := c.Check()
	if errors.Is(err, ErrLost) {
		return nil
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	f, err := os.OpenFile(c.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	c.owner.Released, c.owner.Note = true, note
	return c.write(f)
}

// me describes this process, with a new ID.
func me() owner {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	pid := os.Getpid()
	return owner{Host: host, Machine: machine(), PID: pid, Start: start(pid), ID: rand.Text()}
}

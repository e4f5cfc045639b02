package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// statusLine is the last line of a terminal. It is drawn again every second, so that it moves while a step takes long.
// A nil one, of no terminal, draws nothing.
type statusLine struct {
	mu       sync.Mutex // held while text runs and while anything is written
	terminal *os.File
	text     func() string
	drawn    time.Time
	stop     chan struct{}
}

// redraw is how often a line is drawn without news, and mostDrawn how often at most with them.
const (
	redraw    = time.Second
	mostDrawn = time.Second / 5
)

// newStatusLine draws the line at once; nil where w is no terminal.
func newStatusLine(w io.Writer, text func() string) *statusLine {
	if !onTerminal(w) {
		return nil
	}
	s := &statusLine{terminal: w.(*os.File), text: text, stop: make(chan struct{})}
	s.draw()
	go s.tick()
	return s
}

func (s *statusLine) tick() {
	ticker := time.NewTicker(redraw)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
			s.mu.Lock()
			select {
			case <-s.stop: // while it waited
			default:
				s.draw()
			}
			s.mu.Unlock()
		}
	}
}

// update calls change, on which the text depends, and draws the line unless it has just been drawn.
func (s *statusLine) update(change func()) {
	if s == nil {
		change()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	if time.Since(s.drawn) >= mostDrawn {
		s.draw()
	}
}

// print makes way for the lines that write writes.
func (s *statusLine) print(write func()) {
	if s == nil {
		write()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	write()
	s.draw()
}

func (s *statusLine) draw() {
	s.drawn = time.Now()
	line := []rune(printable(s.text()))
	if width, _, err := term.GetSize(int(s.terminal.Fd())); err == nil && len(line) >= width && width > 0 {
		line = line[:width-1]
	}
	fmt.Fprint(s.terminal, "\r\x1b[K", string(line))
}

func (s *statusLine) wipe() { fmt.Fprint(s.terminal, "\r\x1b[K") }

// close removes the line. A second call does nothing.
func (s *statusLine) close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stop:
	default:
		close(s.stop)
		s.wipe()
	}
}

package main

import (
	"os"
	"sync"
)

// logLimit is the size at which the log of an agent that was started on demand is emptied.
const logLimit = 1 << 20

// boundedLog appends to the file that the client has opened for the agent, and empties it
// when it is full: an agent runs for weeks.
type boundedLog struct {
	file *os.File

	mu      sync.Mutex
	written int64
}

// Write writes one record.
func (l *boundedLog) Write(record []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written += int64(len(record)); l.written > logLimit {
		l.written = int64(len(record))
		if info, err := l.file.Stat(); err == nil && info.Mode().IsRegular() {
			if err := l.file.Truncate(0); err != nil {
				return 0, err
			}
		}
	}
	return l.file.Write(record)
}

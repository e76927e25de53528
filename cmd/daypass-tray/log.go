package main

import (
	"os"
	"sync"
)

// logLimit is the size at which the log of an agent that was started on demand
// is begun anew.
const logLimit = 1 << 20

// boundedLog writes to the file that the client has opened for the agent, for
// appending, and begins it anew when it is full: an agent runs for weeks.
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

package app

import "time"

// later calls one function after a pause. A new call takes the place of the last one.
type later struct{ timer *time.Timer }

// call has do run f when d has passed.
func (l *later) call(d time.Duration, do func(func()), f func()) {
	l.stop()
	l.timer = time.AfterFunc(d, func() { do(f) })
}

func (l *later) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

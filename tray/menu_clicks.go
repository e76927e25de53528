package tray

import (
	"context"
	"log/slog"
	"reflect"

	"daypass/internal/safely"
)

// clicks brings the clicks on items to the goroutine that owns the menu, which
// alone calls add and listen.
type clicks struct {
	clicked chan *slot
	done    <-chan struct{}
	log     *slog.Logger

	// added are the items whose clicks nobody waits for yet; fresh brings them to
	// the goroutine that waits.
	added []*slot
	fresh chan []*slot
}

// newClicks starts the goroutine that waits, which ends with done.
func newClicks(done <-chan struct{}, log *slog.Logger) *clicks {
	c := &clicks{clicked: make(chan *slot), done: done, log: log, fresh: make(chan []*slot, 1)}
	go c.relay()
	return c
}

// add has the clicks on an item relayed after the next listen.
func (c *clicks) add(s *slot) {
	// systray drops a click that nobody is ready to receive. A buffer of empty
	// structs takes no memory and drops none.
	s.item.ClickedCh = make(chan struct{}, 1<<16)
	c.added = append(c.added, s)
}

// listen has the clicks on added items relayed.
func (c *clicks) listen() {
	if len(c.added) == 0 {
		return
	}
	select {
	case waiting := <-c.fresh:
		c.added = append(waiting, c.added...)
	default:
	}
	c.fresh <- c.added // there is room: only this sends
	c.added = nil
}

// maxRelayed is how many items one goroutine serves; [reflect.Select] takes no more
// than 65536 channels.
const maxRelayed = 10_000

// relay waits for the clicks on all items at once: a goroutine for each item has a
// stack of 4 to 8 kB, and a menu some hundred items.
func (c *clicks) relay() {
	const done, fresh, first = 0, 1, 2
	from := func(ch any) reflect.SelectCase {
		return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch)}
	}
	cases := []reflect.SelectCase{done: from(c.done), fresh: from(c.fresh)}
	var slots []*slot
	safely.Keep(context.Background(), c.log, "the clicks on the menu", func(context.Context) {
		for {
			switch at, got, _ := reflect.Select(cases); at {
			case done:
				return
			case fresh:
				for _, s := range got.Interface().([]*slot) {
					slots, cases = append(slots, s), append(cases, from(s.item.ClickedCh))
				}
				if len(slots) >= maxRelayed {
					cases[fresh].Chan = reflect.Value{} // never ready
					go c.relay()                        //nolint:gosec // no part of this one's run
				}
			default:
				select {
				case c.clicked <- slots[at-first]:
				case <-c.done:
					return
				}
			}
		}
	})
}

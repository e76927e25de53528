//go:build freebsd || openbsd || netbsd

package machine

import (
	"context"
	"errors"
)

func (w *watch) routes(context.Context) error {
	return errors.New("on this system changes of the network are not noticed")
}

//go:build !windows && !darwin

package login

func newSystem(program string) system { return xdg{program} }

//go:build !unix

package main

// clobberFreed does nothing: a process cannot be replaced here.
func clobberFreed() error { return nil }

// startAnew does nothing: there is no session bus that could come late.
func startAnew() error { return nil }

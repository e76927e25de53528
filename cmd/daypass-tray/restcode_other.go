//go:build !linux

package main

// restCode does nothing: other systems unmap unused pages by themselves.
func restCode() error { return nil }

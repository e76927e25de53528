//go:build !linux

package main

// runningAgents returns none: only Linux shows other processes' programs as files.
func runningAgents(string) []runningAgent { return nil }

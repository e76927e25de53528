//go:build unix && !darwin

package main

// adminGroup is none: who may do all is a matter of sudo's settings.
const adminGroup = ""

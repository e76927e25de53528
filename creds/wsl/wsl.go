// Package wsl recognises the Windows Subsystem for Linux. The browser there is
// Windows', which reaches a port of Linux only under some of its network modes:
// https://learn.microsoft.com/windows/wsl/networking.
package wsl

import (
	"os"
	"strings"
)

// Kernel returns what /proc/version says, which other systems than Linux lack.
func Kernel() string {
	kernel, _ := os.ReadFile("/proc/version")
	return string(kernel)
}

// In reports whether an environment or a kernel is that of WSL.
func In(getenv func(string) string, kernel string) bool {
	return getenv("WSL_DISTRO_NAME") != "" || strings.Contains(strings.ToLower(kernel), "microsoft")
}

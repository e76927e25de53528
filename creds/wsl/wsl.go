// Package wsl recognises the Windows Subsystem for Linux. Its browser runs on Windows, and
// reaches a port of Linux only in some network modes:
// https://learn.microsoft.com/windows/wsl/networking.
package wsl

import (
	"os"
	"strings"
)

// Kernel returns the content of /proc/version; other systems than Linux have none.
func Kernel() string {
	kernel, _ := os.ReadFile("/proc/version")
	return string(kernel)
}

// In reports whether an environment or a kernel is that of WSL.
func In(getenv func(string) string, kernel string) bool {
	return getenv("WSL_DISTRO_NAME") != "" || strings.Contains(strings.ToLower(kernel), "microsoft")
}

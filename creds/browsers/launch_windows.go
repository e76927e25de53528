package browsers

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// From
// https://learn.microsoft.com/windows/win32/procthread/process-creation-flags.
const detachedProcess = 0x00000008

// detach makes cmd live on when the console of this process is closed.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: detachedProcess | syscall.CREATE_NEW_PROCESS_GROUP}
}

// systemOpen opens an address in the browser that the person has chosen. The
// address is not on the command line of a program in between.
func systemOpen(address string) error {
	text, err := windows.UTF16PtrFromString(address)
	if err != nil {
		return err
	}
	return windows.ShellExecute(0, nil, text, nil, nil, windows.SW_SHOWNORMAL)
}

func systemRegistry(key string) string {
	for _, root := range []registry.Key{registry.CURRENT_USER, registry.LOCAL_MACHINE} {
		k, err := registry.OpenKey(root, key, registry.QUERY_VALUE)
		if err != nil {
			continue
		}
		value, kind, err := k.GetStringValue("")
		_ = k.Close()
		if err == nil && kind == registry.EXPAND_SZ {
			value, err = registry.ExpandString(value)
		}
		if err == nil && value != "" {
			return value
		}
	}
	return ""
}

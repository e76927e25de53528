package tray

import (
	"golang.org/x/sys/windows/registry"

	"daypass/packaging/icons"
)

// drawn returns the icon of a state for the present taskbar.
func drawn(state icons.State) ([]byte, error) { return icons.Tray(state, darkTaskbar()), nil }

// darkTaskbar reports whether the taskbar is dark, which is the default.
func darkTaskbar() bool {
	key, err := registry.OpenKey(registry.CURRENT_USER,
		`Software\Microsoft\Windows\CurrentVersion\Themes\Personalize`, registry.QUERY_VALUE)
	if err != nil {
		return true
	}
	defer key.Close() //nolint:errcheck // nothing was written
	light, _, err := key.GetIntegerValue("SystemUsesLightTheme")
	return err != nil || light == 0
}

// inMenu returns an icon for the menu; the system scales it.
func inMenu(icon []byte) ([]byte, error) { return icon, nil }

//go:build linux

package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
)

// The looks of the desktop. The panel is dark, as most are, at the top, and
// holds a list of windows and the tray, with nothing between them. Its size
// gives icons of 24 pixels.
const (
	panelHeight = 34
	iconSize    = 24
	background  = "#3d5a6c"
)

// A notice stays until it is closed: how long a busy machine takes to click on it is
// not known.
var settings = map[string]string{
	"xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml": `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="icon-size" type="uint" value="` + fmt.Sprint(iconSize) + `"/>
      <property name="size" type="uint" value="` + fmt.Sprint(panelHeight) + `"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
        <value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist">
      <property name="show-handle" type="bool" value="false"/>
      <property name="flat-buttons" type="bool" value="true"/>
    </property>
    <property name="plugin-2" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-3" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
      <property name="hide-new-items" type="bool" value="false"/>
      <property name="icon-size" type="int" value="` + fmt.Sprint(iconSize) + `"/>
    </property>
  </property>
</channel>
`,
	"gtk-3.0/settings.ini": `[Settings]
gtk-icon-theme-name=Adwaita
gtk-font-name=DejaVu Sans 9
gtk-enable-animations=0
gtk-cursor-blink=0
`,
	"openbox/rc.xml": `<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <theme>
    <name>Clearlooks</name>
    <titleLayout>LC</titleLayout>
    <animateIconify>no</animateIconify>
    <font place="ActiveWindow"><name>DejaVu Sans</name><size>9</size><weight>bold</weight></font>
    <font place="InactiveWindow"><name>DejaVu Sans</name><size>9</size></font>
  </theme>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <keyboard>
    <keybind key="A-F4"><action name="Close"/></keybind>
    <keybind key="A-Tab"><action name="NextWindow"/></keybind>
  </keyboard>
  <mouse>
    <context name="Titlebar"><mousebind button="Left" action="Drag"><action name="Move"/></mousebind></context>
    <context name="Close"><mousebind button="Left" action="Click"><action name="Close"/></mousebind></context>
    <context name="Client"><mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind></context>
  </mouse>
</openbox_config>
`,
	"dunst/dunstrc": `[global]
    origin = bottom-right
    offset = 16x16
    width = 340
    font = DejaVu Sans 10
    frame_width = 1
    frame_color = "#5a5f6e"
    corner_radius = 6
    padding = 12
    horizontal_padding = 14
    icon_position = left
    max_icon_size = 32
    markup = full
    format = "<b>%s</b>\n%b"
    idle_threshold = 0
    force_xinerama = false
    mouse_left_click = do_action, close_current
    show_indicators = no
[urgency_low]
    background = "#2f343f"
    foreground = "#f4f4f8"
    timeout = 0
[urgency_normal]
    background = "#2f343f"
    foreground = "#f4f4f8"
    timeout = 0
[urgency_critical]
    background = "#2f343f"
    foreground = "#f4f4f8"
    frame_color = "#e5484d"
    timeout = 0
`,
}

func (s *session) startBus(ctx context.Context) error {
	ready, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ready.Close() //nolint:errcheck // Only read from.
	err = s.run(nil, []*os.File{theirs}, "dbus-daemon", "--session", "--nofork", "--nopidfile",
		"--address=unix:path="+filepath.Join(s.folders.runtime(), "bus"), "--print-address=3")
	theirs.Close() //nolint:errcheck,gosec // The daemon has its own copy.
	if err != nil {
		return err
	}
	if s.address, err = s.firstLine(ctx, ready); err != nil {
		return err
	}
	s.conn, err = s.connect()
	return err
}

func (s *session) connect() (*dbus.Conn, error) {
	conn, err := dbus.Connect(s.address)
	if err != nil {
		return nil, fmt.Errorf("connecting to the session bus: %w", err)
	}
	return conn, nil
}

func (s *session) startScreen(ctx context.Context, size string) error {
	ready, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ready.Close() //nolint:errcheck // Only read from.
	// The server draws into a file in folders.screen, which is where pictures of
	// the screen come from.
	err = s.run(nil, []*os.File{theirs}, "Xvfb", "-displayfd", "3", "-screen", "0", size+"x24",
		"-fbdir", s.folders.screen(), "-nolisten", "tcp", "-noreset", "-nocursor",
		// A key that is held for long because the machine is busy is one key still.
		"-r")
	theirs.Close() //nolint:errcheck,gosec // The server has its own copy.
	if err != nil {
		return err
	}
	number, err := s.firstLine(ctx, ready)
	if err != nil {
		return err
	}
	s.display = ":" + strings.TrimSpace(number)
	return nil
}

// startWindows starts the window manager and the panel, and waits until the
// panel is drawn and takes tray icons.
func (s *session) startWindows(ctx context.Context) error {
	if _, err := s.call(ctx, "xsetroot", "-solid", background); err != nil {
		return err
	}
	if err := s.run(nil, nil, "openbox", "--config-file", filepath.Join(s.folders.parts(), ".config/openbox/rc.xml")); err != nil {
		return err
	}
	if err := s.until(ctx, func() (bool, error) {
		out, err := s.call(ctx, "xprop", "-root", "_NET_SUPPORTING_WM_CHECK")
		return strings.Contains(out, "window id"), err
	}); err != nil {
		return fmt.Errorf("waiting for openbox: %w", err)
	}
	if err := s.run(nil, nil, "xfce4-panel", "--disable-wm-check"); err != nil {
		return err
	}
	if err := s.waitName(ctx, "org.kde.StatusNotifierWatcher"); err != nil {
		return err
	}
	return s.until(ctx, func() (bool, error) {
		out, err := s.call(ctx, "xdotool", "search", "--onlyvisible", "--class", "xfce4-panel")
		return err == nil && strings.TrimSpace(out) != "", nil
	})
}

// waitName waits until somebody owns a name on the session bus.
func (s *session) waitName(ctx context.Context, name string) error {
	err := s.until(ctx, func() (bool, error) {
		var owned bool
		err := s.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned)
		return owned, err
	})
	if err != nil {
		return fmt.Errorf("waiting for %s on the session bus: %w", name, err)
	}
	return nil
}

//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"strings"

	"github.com/godbus/dbus/v5"

	"daypass/creds"
	"daypass/internal/lang"
)

// Checks are those of what the desktop does for daypass.
func Checks() []creds.HealthCheck {
	return []creds.HealthCheck{
		{ID: "tray", Topic: creds.TopicDesktop, Title: lang.T("The tray"), Look: onDesktop("tray", lookAtHost)},
		{ID: "notices", Topic: creds.TopicDesktop, Title: lang.T("Notifications"), Look: onDesktop("notices", lookAtNotices)},
	}
}

// onDesktop makes a check of one that needs the session bus.
func onDesktop(id string, look func(context.Context, *dbus.Conn) creds.Finding) func(context.Context) []creds.Finding {
	return func(ctx context.Context) []creds.Finding {
		f := withBus(ctx, look)
		f.ID = id
		return []creds.Finding{f}
	}
}

func withBus(ctx context.Context, look func(context.Context, *dbus.Conn) creds.Finding) creds.Finding {
	bus, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err == nil {
		defer func() { _ = bus.Close() }()
		if err = bus.Auth(nil); err == nil {
			err = bus.Hello()
		}
	}
	switch {
	case ctx.Err() != nil:
		return creds.Finding{
			Severity: creds.SeverityUnknown, Title: lang.T("The desktop’s session bus does not answer"),
			Detail: lang.T("Nothing can be asked about the desktop."), Advice: lang.T("Log in to the desktop again."),
		}
	case err != nil:
		return creds.Finding{
			Severity: creds.SeverityWarning, Title: lang.T("There is no session bus"),
			Detail: lang.Sprintf("The agent does not reach the desktop: %s.", strings.TrimSuffix(err.Error(), ".")),
			Advice: lang.T("Start the agent from the desktop: end it with \"daypass stop\", and start daypass from the menu of programs."),
		}
	}
	return look(ctx, bus)
}

// lookAtHost looks whether something shows tray icons.
func lookAtHost(ctx context.Context, bus *dbus.Conn) creds.Finding {
	p := panel{bus: bus}
	there, err := p.hasHost(ctx)
	switch {
	case err != nil:
		return creds.Finding{Severity: creds.SeverityUnknown, Title: lang.T("Whether the desktop shows tray icons is not known"), Detail: lang.Sprintf("It did not say: %s.", err.Error())}
	case !there:
		return creds.Finding{
			Severity: creds.SeverityWarning, Title: lang.T("The desktop shows no tray icons"),
			Detail: lang.T("Nothing on it collects them, so that daypass has no icon."),
			Advice: lang.T("On GNOME, the extension “AppIndicator and KStatusNotifierItem Support” shows them. Without it, open the window with: daypass show"),
		}
	}
	return creds.Finding{Severity: creds.SeverityOK, Title: lang.T("The desktop shows tray icons")}
}

// lookAtNotices looks who shows notifications.
func lookAtNotices(ctx context.Context, bus *dbus.Conn) creds.Finding {
	var name, vendor, version, spec string
	err := bus.Object(notifications, notificationsPath).CallWithContext(ctx, notifications+".GetServerInformation", 0).Store(&name, &vendor, &version, &spec)
	switch {
	case ctx.Err() != nil:
		return creds.Finding{Severity: creds.SeverityUnknown, Title: lang.T("The notification server does not answer"), Detail: lang.T("Notices may not be shown.")}
	case err != nil:
		return creds.Finding{
			Severity: creds.SeverityWarning, Title: lang.T("The desktop shows no notifications"),
			Detail: lang.Sprintf("No notification server answers: %s.", strings.TrimSuffix(err.Error(), ".")),
			Advice: lang.T("Start one, such as dunst, mako or that of your desktop; without it, only the icon says when credentials end."),
		}
	}
	return creds.Finding{Severity: creds.SeverityOK, Title: lang.T("Notifications are shown"), Detail: lang.Sprintf("They are shown by %s.", strings.TrimSpace(name+" "+version))}
}

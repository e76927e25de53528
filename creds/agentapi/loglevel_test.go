package agentapi

import (
	"log/slog"
	"testing"
)

func TestALogLevelIsOneOfFourWords(t *testing.T) {
	for name, c := range map[string]struct {
		flag, env string
		want      slog.Level
		says      string
	}{
		"none":                      {"", "", slog.LevelInfo, ""},
		"the variable":              {"", "debug", slog.LevelDebug, ""},
		"the flag before it":        {"warn", "debug", slog.LevelWarn, ""},
		"the flag before a mistake": {"error", "loud", slog.LevelError, ""},
		"a mistake in the variable": {"", "loud", 0, `DAYPASS_LOG: "loud" is no log level; use debug, info, warn, error`},
		"a mistake in the flag":     {"info+1", "debug", 0, `--log-level: "info+1" is no log level; use debug, info, warn, error`},
		"capitals":                  {"", "DEBUG", 0, `DAYPASS_LOG: "DEBUG" is no log level; use debug, info, warn, error`},
	} {
		got, err := LogLevel(c.flag, func(string) string { return c.env })
		said := ""
		if err != nil {
			said = err.Error()
		}
		if said != c.says || err == nil && got != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

package agentapi

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"daypass/internal/lang"
)

// EnvLog is the variable that says how much daypass's programs log. Their flag
// --log-level overrides it.
const EnvLog = "DAYPASS_LOG"

// LogLevels are the words for how much is logged, most first.
func LogLevels() []string { return []string{"debug", "info", "warn", "error"} }

// ParseLogLevel reads a word of [LogLevels]; "" is the default, info.
func ParseLogLevel(text string) (slog.Level, error) {
	var level slog.Level
	if text == "" {
		return slog.LevelInfo, nil
	}
	if !slices.Contains(LogLevels(), text) {
		return level, lang.Errorf("%q is no log level; use %s", text, strings.Join(LogLevels(), ", "))
	}
	err := level.UnmarshalText([]byte(text))
	return level, err
}

// LogLevel returns what a program's --log-level says, or else [EnvLog]. flag is "" if it
// was not given. The error names the one that is wrong.
func LogLevel(flag string, getenv func(string) string) (slog.Level, error) {
	if flag != "" {
		level, err := ParseLogLevel(flag)
		if err != nil {
			err = lang.Errorf("--log-level: %w", err)
		}
		return level, err
	}
	level, err := ParseLogLevel(getenv(EnvLog))
	if err != nil {
		err = fmt.Errorf("%s: %w", EnvLog, err)
	}
	return level, err
}

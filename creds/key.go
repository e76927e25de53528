package creds

import (
	"strings"
	"time"

	"daypass/internal/secret"
)

// LongTermKey is an IAM user's access key.
type LongTermKey struct {
	ID     string
	Secret secret.Text
}

// IsAccount reports whether a text is the number of an AWS account, which may begin with
// zeros.
func IsAccount(text string) bool { return len(text) == 12 && strings.Trim(text, "0123456789") == "" }

// AWS's bounds on the duration of credentials and consoles.
const (
	// MinSession and MaxSession are GetSessionToken's:
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html.
	MinSession = 15 * time.Minute
	MaxSession = 36 * time.Hour
	// MaxRole is AssumeRole's:
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
	MaxRole = 12 * time.Hour
	// MinConsole and MaxConsole are those of a console session:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html.
	MinConsole = 15 * time.Minute
	MaxConsole = 12 * time.Hour
)

//go:build !windows

package icons

import "embed"

//go:embed tray/*-48.png
var tray embed.FS

const traySuffix = "-48.png"

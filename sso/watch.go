package sso

import (
	"context"
	"strings"

	"daypass/internal/filewatch"
)

// above is how many of the folders above the cache's own are watched with it:
// ~/.aws/sso and ~/.aws.
const above = 2

// Watch reports when a token or a registration may have changed, and why changes may be
// missed, until ctx ends; see [filewatch.Watcher.Files].
func (c *Cache) Watch(ctx context.Context, files *filewatch.Watcher) <-chan error {
	return files.Folder(ctx, c.Dir(), above, func(name string) bool {
		// Other files are temporary, or set aside.
		return strings.HasSuffix(name, ".json") && !strings.HasPrefix(name, ".")
	})
}

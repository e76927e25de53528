package main

import (
	"context"

	"daypass/internal/words"
)

// nearest returns the name that a mistyped one most likely means.
func nearest(name string, names []string) (string, bool) { return words.Nearest(name, names) }

func nearestProfile(ctx context.Context, name string) (string, bool) {
	var names []string
	for _, s := range lookUp(ctx).Profiles {
		names = append(names, s.Name)
	}
	return nearest(name, names)
}

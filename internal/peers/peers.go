// Package peers finds out which user the other end of a local connection belongs to.
package peers

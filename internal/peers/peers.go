// Package peers tells whose the other end of a connection on this machine is.
package peers

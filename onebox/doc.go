// Package onebox starts and stops the servers Casepath needs on one machine:
// PostgreSQL, Temporal and a mail catcher. `casepath up` and the tests use it;
// an installation with servers of its own does not.
//
// Everything listens on 127.0.0.1 only. Servers are children of this process:
// they run in process groups of their own, so that Ctrl-C reaches the caller
// first and it can stop them in order, and the kernel ends them when this
// process dies without doing so. Linux only.
//
// Errors are single sentences for the person who administers the machine: what
// is wrong and what to do about it.
package onebox

package onebox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const localhost = "127.0.0.1"

// The kernel gives outgoing connections ports from 32768 up. Free ports are
// taken from below, so that no connection can occupy one between the moment it
// was found free and the moment a server listens on it.
const (
	firstFreePort = 10_000
	lastFreePort  = 32_000
)

var handedOut = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// FreePort returns a TCP port of 127.0.0.1 that nothing listens on. The same
// port is never returned twice in the life of this process.
func FreePort() (int, error) {
	handedOut.Lock()
	defer handedOut.Unlock()
	for range 1000 {
		port := firstFreePort + rand.IntN(lastFreePort-firstFreePort)
		if handedOut.ports[port] || CheckPort(port, "a server") != nil {
			continue
		}
		handedOut.ports[port] = true
		return port, nil
	}
	return 0, fmt.Errorf("no free TCP port was found on %s between %d and %d: stop programs that are no longer needed",
		localhost, firstFreePort, lastFreePort)
}

// CheckPort returns an error naming the port and its purpose ("PostgreSQL")
// when nothing can be made to listen on it on 127.0.0.1. The answer is true for
// the moment only.
func CheckPort(port int, purpose string) error {
	if port < 1 || port > 65535 {
		return fmt.Errorf("%d is not a port that %s could listen on: choose one between 1024 and 65535", port, purpose)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(localhost, strconv.Itoa(port)))
	switch {
	case err == nil:
		return l.Close()
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %d on %s, wanted for %s, is in use by another program: stop that program (`ss -ltnp 'sport = :%d'` names it) or choose another port for %s",
			port, localhost, purpose, port, purpose)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %d on %s, wanted for %s, may only be used by root: choose a port of 1024 or higher",
			port, localhost, purpose)
	default:
		return fmt.Errorf("port %d on %s, wanted for %s, can't be listened on (%w): choose another port", port, localhost, purpose, err)
	}
}

// awaitPort is CheckPort with patience for a server that was just killed and
// whose sockets the kernel is still closing.
func awaitPort(ctx context.Context, port int, purpose string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var err error
	if poll(ctx, 20*time.Millisecond, func() bool { err = CheckPort(port, purpose); return err == nil }) != nil {
		return err
	}
	return nil
}

// poll calls f until it returns true, at the interval given; it returns the
// context's error if that ends first.
func poll(ctx context.Context, every time.Duration, f func() bool) error {
	t := time.NewTicker(every)
	defer t.Stop()
	for !f() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
	return nil
}

package main

import (
	"encoding/json"
	"runtime"
	"syscall"
	"time"
)

// yardstick is the CPU time of a fixed piece of work. Two virtual processors
// may be halves of one, and other guests share it: the same work takes more
// CPU time while the neighbours work. A line whose yardstick is long says more
// about them than about us.
func yardstick() time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := threadTime()
	for i := range 400 {
		text, _ := json.Marshal(map[string]any{"title": "Export stops at 10,000 rows", "n": i, "list": make([]int, 100)}) // plain values: cannot fail
		_ = json.Unmarshal(text, &map[string]any{})
	}
	return threadTime() - began
}

func threadTime() time.Duration {
	var u syscall.Rusage
	const thread = 1 // RUSAGE_THREAD (getrusage(2))
	_ = syscall.Getrusage(thread, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

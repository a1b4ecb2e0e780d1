package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the processor time that a process has used, in user and kernel mode
// and over all of its threads. It is the sum that /proc/<pid>/stat gives in
// hundredths of a second, in nanoseconds: the clock of clock_getcpuclockid(3).
func cpuTime(pid int) (time.Duration, error) {
	const allThreads = 2 // CPUCLOCK_SCHED
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|allThreads), &t); err != nil {
		return 0, fmt.Errorf("read the processor time of process %d (Linux only): %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

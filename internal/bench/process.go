package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	starts     = 7           // the median of so many starts is reported
	settleTime = time.Second // idle before the memory is read
)

// process measures the real binary: how large it is, how soon it is ready on an
// empty folder and on one that it left, and its memory when idle.
func process(ctx context.Context) ([]Figure, error) {
	binary, err := hardpanBinary()
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return nil, err
	}
	var first, second, idle []float64
	for range starts {
		s, err := startTwice(ctx)
		if err != nil {
			return nil, err
		}
		first = append(first, milliseconds(s.first))
		second = append(second, milliseconds(s.second))
		idle = append(idle, float64(s.resident)/1e6)
	}
	note := fmt.Sprintf("median of %d", starts)
	return []Figure{
		{Name: "process.binary", Value: float64(info.Size()) / 1e6, Unit: "MB"},
		{Name: "process.ready.first-start", Value: median(first), Unit: "ms", Target: AtMost(300), Note: note + ", empty folder"},
		{Name: "process.ready.second-start", Value: median(second), Unit: "ms", Target: AtMost(300), Note: note},
		{Name: "process.idle-rss", Value: median(idle), Unit: "MB", Target: AtMost(64), Note: note + ", after the second start"},
	}, nil
}

// startup is what two starts on one folder took.
type startup struct {
	first, second time.Duration // until it was ready
	resident      int64         // bytes of the second process when idle
}

func startTwice(ctx context.Context) (s startup, err error) {
	dir, err := os.MkdirTemp("", "hardpan-bench-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	p, first, err := startHardpan(ctx, dir)
	if err != nil {
		return s, err
	}
	if err := p.stop(); err != nil {
		return s, err
	}
	p, second, err := startHardpan(ctx, dir)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	select {
	case <-ctx.Done():
		return s, ctx.Err()
	case <-time.After(settleTime):
	}
	resident, err := residentBytes(p.pid)
	return startup{first, second, resident}, err
}

// residentBytes is the resident memory of a process.
func residentBytes(pid int) (int64, error) { return memory(pid, "VmRSS:") }

// memory reads a line of a process's status, which Linux gives in kB of 1,024 bytes.
func memory(pid int, name string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read resident memory (Linux only): %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return kb * 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, name)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

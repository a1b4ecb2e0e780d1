package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	starts     = 5                // the median of so many starts is reported
	settleTime = time.Second      // idle before the memory is read
	patience   = 30 * time.Second // a server that is not ready by then is a failure
)

// process measures the real binary, named by $HARDPAN_BIN (make bench builds it):
// how large it is, how soon it is ready on an empty folder, and its memory when idle.
func process(ctx context.Context) ([]Figure, error) {
	binary := os.Getenv("HARDPAN_BIN")
	info, err := os.Stat(binary)
	if err != nil {
		return nil, fmt.Errorf("HARDPAN_BIN names the hardpan binary to measure: %w", err)
	}
	var ready, idle []float64
	for range starts {
		start, rss, err := startOnce(ctx, binary)
		if err != nil {
			return nil, err
		}
		ready = append(ready, float64(start.Microseconds())/1e3)
		idle = append(idle, float64(rss)/1e6)
	}
	return []Figure{
		{Name: "process.binary", Value: float64(info.Size()) / 1e6, Unit: "MB"},
		{Name: "process.ready", Value: median(ready), Unit: "ms", Target: AtMost(300), Note: fmt.Sprintf("first start, median of %d", starts)},
		{Name: "process.idle-rss", Value: median(idle), Unit: "MB", Target: AtMost(64), Note: fmt.Sprintf("median of %d", starts)},
	}, nil
}

// startOnce starts a server on an empty folder, and returns how long it took until
// /readyz said yes and the resident bytes of the idle process.
func startOnce(ctx context.Context, binary string) (ready time.Duration, rss int64, err error) {
	dir, err := os.MkdirTemp("", "hardpan-bench-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	address, err := freeAddress(ctx)
	if err != nil {
		return 0, 0, err
	}
	var output bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, "serve", "--listen", address, "--data-dir", dir)
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		err = errors.Join(err, stop(cmd))
		if err != nil {
			err = fmt.Errorf("%w\nthe server said:\n%s", err, &output)
		}
	}()
	if err := waitReady(ctx, "http://"+address+"/readyz"); err != nil {
		return 0, 0, err
	}
	ready = time.Since(began)
	select {
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	case <-time.After(settleTime):
	}
	rss, err = residentBytes(cmd.Process.Pid)
	return ready, rss, err
}

// freeAddress returns a loopback address that nothing listened on a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// waitReady asks every millisecond.
func waitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticks := time.NewTicker(time.Millisecond)
	defer ticks.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", url, ctx.Err())
		case <-ticks.C:
		}
	}
}

// residentBytes reads VmRSS, which Linux gives in kB of 1,024 bytes.
func residentBytes(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read resident memory (Linux only): %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return kb * 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}

// stop asks the server to drain, and fails if it does not end well.
func stop(cmd *exec.Cmd) error {
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return errors.Join(err, cmd.Wait())
	}
	return cmd.Wait()
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

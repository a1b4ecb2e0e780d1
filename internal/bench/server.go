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
	"syscall"
	"time"
)

const patience = 30 * time.Second // a server that is not ready by then is a failure

// The administrator's key of every server that the bench starts.
const (
	rootKeyID  = "AKIABENCHBENCHBENCH1"
	rootSecret = "bench-secret-of-no-account-at-all"
)

// hardpanBinary returns the binary to measure, which make bench builds.
func hardpanBinary() (string, error) {
	binary := os.Getenv("HARDPAN_BIN")
	if _, err := os.Stat(binary); err != nil {
		return "", fmt.Errorf("HARDPAN_BIN names the hardpan binary to measure: %w", err)
	}
	return binary, nil
}

// startHardpan starts a server on a data folder, with more arguments if any, and
// returns how long it took until /readyz said yes.
func startHardpan(ctx context.Context, dir string, args ...string) (*peer, time.Duration, error) {
	binary, err := hardpanBinary()
	if err != nil {
		return nil, 0, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, 0, err
	}
	var output bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, append([]string{"serve", "--listen", address, "--data-dir", dir}, args...)...)
	cmd.Dir = dir // a hardpan.yaml of the folder that the bench runs in has no say
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Env = []string{
		"HOME=" + dir, "PATH=" + os.Getenv("PATH"),
		"HARDPAN_ROOT_ACCESS_KEY_ID=" + rootKeyID, "HARDPAN_ROOT_SECRET_ACCESS_KEY=" + rootSecret,
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	stop := func() error {
		err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
		if err != nil {
			return fmt.Errorf("%w\nthe server said:\n%s", err, &output)
		}
		return nil
	}
	p := &peer{url: "http://" + address, pid: cmd.Process.Pid, stop: stop}
	if err := waitReady(ctx, p.url+"/readyz"); err != nil {
		return nil, 0, errors.Join(err, stop())
	}
	return p, time.Since(began), nil
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

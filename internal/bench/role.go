package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The other processes of a comparison are this program again, in a role that the
// environment names: each has its processor time to itself.
const (
	roleEnv   = "HARDPAN_BENCH_ROLE"
	targetEnv = "HARDPAN_BENCH_TARGET"
)

// roles are what the program can be in place of the bench.
var roles = map[string]func() (http.Handler, error){
	"upstream": func() (http.Handler, error) { return upstream(), nil },
	"chat":     func() (http.Handler, error) { return chatServer(), nil },
	"mcp":      func() (http.Handler, error) { return echoServer(), nil },
	"proxy":    func() (http.Handler, error) { return proxy(os.Getenv(targetEnv)) },
}

// proxy is the bare reverse proxy that Hardpan is compared with. Like Hardpan's,
// its connections to upstream are kept.
func proxy(target string) (http.Handler, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	p := httputil.NewSingleHostReverseProxy(to)
	p.Transport = &http.Transport{MaxIdleConnsPerHost: 512}
	p.ErrorLog = log.New(io.Discard, "", 0) // clients that leave a stream are no error here
	return p, nil
}

// play serves a role until standard input ends, which it does with the parent.
func play(role string) error {
	handlerOf, ok := roles[role]
	if !ok {
		return fmt.Errorf("no role %q", role)
	}
	handler, err := handlerOf()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// peer is a process that serves HTTP.
type peer struct {
	url  string
	pid  int
	stop func() error
}

// startRole starts this program in a role.
func startRole(ctx context.Context, role, target string) (*peer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), roleEnv+"="+role, targetEnv+"="+target)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop := func() error { return errors.Join(in.Close(), cmd.Wait()) }
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the %s did not say where it is: %w", role, err), stop())
	}
	return &peer{url: strings.TrimSpace(line), pid: cmd.Process.Pid, stop: stop}, nil
}

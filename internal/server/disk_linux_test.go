package server_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A journal that cannot be written refuses calls and says so to the operator and
// to load balancers; what was refused is not charged, and what was charged stays.
func TestAJournalThatCannotBeWritten(t *testing.T) {
	noLeaks(t)
	w := open(t, options(t))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Serve(ctx) }()
	w.budget("all", "account", "100requests", "total")
	if _, err := w.converse(w.root, haiku); err != nil {
		t.Fatal(err)
	}
	readOnly(t, w.opt.DataDir)
	for range 2 {
		_, err := w.converse(w.root, haiku)
		refused(t, err, "ServiceUnavailableException", "could not be written to the journal")
	}
	w.send(request{Method: http.MethodGet, Path: "/readyz"}).is(t, http.StatusServiceUnavailable, "the journal does not take events")
	w.client.CloseIdleConnections()
	stop()
	const told = "the journal failed and accepts no more events until Hardpan is restarted: writing: "
	if err := <-ended; err == nil || !strings.Contains(err.Error(), told) || !strings.Contains(w.log.String(), told) {
		t.Errorf("the operator is not told: %v, %s", err, w.log)
	}

	root := w.root
	w = open(t, w.opt) // it can be written again
	w.root = root
	w.serve()
	if s, sum := w.standing("all"), w.usage(w.root, "").Total; s.Settled != "1requests" || s.Reserved != "0requests" || sum.Requests != 1 {
		t.Errorf("%+v, %+v", s, sum)
	}
	if _, err := w.converse(w.root, haiku); err != nil {
		t.Error(err)
	}
}

// readOnly takes the right to write from what the journal of a server in this
// process has open, as a file system does that turned read-only.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		path, err := os.Readlink(link)
		if err != nil || filepath.Dir(path) != filepath.Join(dir, "journal") || filepath.Ext(path) != ".journal" {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		fd, err := strconv.Atoi(filepath.Base(link))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Dup3(int(f.Fd()), fd, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("the journal is not open")
}

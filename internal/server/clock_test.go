package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A clock that jumps back opens no budget again: neither that of the window that
// it came from, nor that of the one it falls into, and not after a restart.
func TestAClockThatJumpsBack(t *testing.T) {
	w := start(t)
	now := w.clock.Now().UTC()
	w.clock.Advance(now.Truncate(24 * time.Hour).Add(12 * time.Hour).Sub(now)) // noon: hours on both sides are the same day
	for name, period := range map[string]string{"daily": "day", "rolling": "rolling:24h", "ever": "total"} {
		w.budget(name, "account", "2requests", period)
	}
	call := func() answer { return w.send(request{Path: haikuPath, Body: helloBody, Key: w.root}) }
	call().is(t, http.StatusOK)
	call().is(t, http.StatusOK)
	closed := func(when string) {
		t.Helper()
		call().is(t, http.StatusBadRequest, "has no room for this call")
		for _, name := range []string{"daily", "rolling", "ever"} {
			if s := w.standing(name); s.Settled != "2requests" || s.Reserved != "0requests" {
				t.Errorf("%s, %s: %+v", when, name, s)
			}
		}
	}
	closed("before")
	w.clock.Advance(-time.Hour)
	closed("an hour back")
	w.clock.Advance(-48 * time.Hour)
	closed("days back")
	if n := strings.Count(w.log.String(), "the clock jumped back; budgets stay at the later time until it is reached again"); n != 1 {
		t.Errorf("the operator was told %d times: %s", n, w.log)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	before := w
	w = open(t, w.opt)
	w.root = before.root
	w.clock.Advance(time.Duration(before.clock.ahead.Load()))
	w.serve()
	closed("after a restart, days back")
	w.clock.Advance(49 * time.Hour)
	closed("when the time is reached again")
	w.send(request{Method: http.MethodDelete, Path: "/budgets/ever", Key: w.root, Service: "hardpan"}).is(t, http.StatusOK)
	w.clock.Advance(25 * time.Hour)
	call().is(t, http.StatusOK)
}

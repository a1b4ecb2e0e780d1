package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hardpan/internal/audit"
	"hardpan/internal/model"
	"hardpan/internal/server"
)

// faulty is a backend with a fault of ours in it.
type faulty struct{}

func (faulty) Name() string { return "faulty" }
func (faulty) Answer(context.Context, *model.Call) (*model.Answer, error) {
	panic("an index out of range")
}

// A fault of ours ends one call with AWS's 500, and that call is written down.
func TestPanicIsAnsweredAndWrittenDown(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Backends.Default = faulty{} })
	a := w.send(request{Key: w.root, Method: http.MethodPost, Path: "/model/" + haiku + "/converse", Body: `{"messages":[]}`})
	if a.Status != http.StatusInternalServerError || strings.Contains(a.Body, "index") {
		t.Errorf("answer %d %s, want a 500 that tells nothing", a.Status, a.Body)
	}
	events := w.events()
	last := events[len(events)-1]
	if last.Operation != "Converse" || last.Status != http.StatusInternalServerError || last.Outcome != audit.Failed {
		t.Errorf("the journal has %s %d %s", last.Operation, last.Status, last.Outcome)
	}
	if !strings.Contains(w.log.String(), "an index out of range") {
		t.Error("the log does not name the fault")
	}
	if a := w.send(request{Key: w.root, Method: http.MethodGet, Path: "/foundation-models"}); a.Status != http.StatusOK {
		t.Errorf("the next call: %d %s", a.Status, a.Body)
	}
}

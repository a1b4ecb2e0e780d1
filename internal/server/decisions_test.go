package server_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// explained is the part of GET /decisions/{id} that these tests read.
type explained struct {
	Decision struct {
		ID   string `json:"id"`
		Call struct {
			Operation  string `json:"op"`
			Region     string `json:"reg"`
			RegionFrom string `json:"rfrom"`
		} `json:"call"`
		Checks []struct {
			Action   string          `json:"a"`
			Resource string          `json:"r"`
			Allowed  bool            `json:"ok"`
			Trace    json.RawMessage `json:"trace"`
		} `json:"checks"`
		Message string `json:"msg"`
	} `json:"decision"`
	Explanation struct {
		Cause    string   `json:"cause"`
		Summary  string   `json:"summary"`
		Details  []string `json:"details"`
		Remedies []struct {
			Kind     string          `json:"kind"`
			Title    string          `json:"title"`
			Document json.RawMessage `json:"document"`
			Proven   bool            `json:"proven"`
			Opens    []string        `json:"opens"`
		} `json:"remedies"`
	} `json:"explanation"`
	Withheld string `json:"withheld"`

	raw string
}

func (w *world) decision(k key, path string) answer {
	w.t.Helper()
	return w.send(request{Method: http.MethodGet, Path: path, Key: k, Service: "hardpan"})
}

// why reads a decision.
func (w *world) why(k key, id string) *explained {
	w.t.Helper()
	a := w.decision(k, "/decisions/"+id)
	a.is(w.t, http.StatusOK)
	e := &explained{raw: a.Body}
	if err := json.Unmarshal([]byte(a.Body), e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// proven is the first policy that a decision proves to help.
func (e *explained) proven(t *testing.T) string {
	t.Helper()
	for _, r := range e.Explanation.Remedies {
		if r.Kind == "policy" && r.Proven && len(r.Document) > 0 {
			if len(r.Opens) > 0 {
				t.Errorf("%s opens more: %v", r.Title, r.Opens)
			}
			return string(r.Document)
		}
	}
	t.Fatalf("no proven policy in %s", e.raw)
	return ""
}

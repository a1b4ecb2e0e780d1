package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"hardpan/internal/audit"
	"hardpan/internal/model"
	"hardpan/internal/model/builtin"
	"hardpan/internal/server"
)

// nothing is a policy that allows nothing that matters.
const nothing = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}`

// usageReport is what GetUsage answers.
type usageReport struct {
	Own   bool
	Rows  []usageRow
	Total usageRow
}

type usageRow struct {
	Name                                         string
	Requests, InputTokens, OutputTokens, NanoUSD int64
	Cost                                         string
}

func (w *world) usage(k key, query string) (r usageReport) {
	w.t.Helper()
	a := w.send(request{Method: http.MethodGet, Path: "/usage?" + query, Key: k, Service: "hardpan"})
	a.is(w.t, http.StatusOK)
	if err := json.Unmarshal([]byte(a.Body), &r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// scraped sums the samples of a metric.
func (w *world) scraped(metric string) (sum int64) {
	w.t.Helper()
	answer, err := w.client.Get(w.MetricsURL())
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "} "); ok && strings.HasPrefix(name, metric+"{") {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				w.t.Fatal(err)
			}
			sum += int64(n)
		}
	}
	return sum
}

// moody is the built-in model; as haiku3 it breaks streams off, as sonnet it
// answers with an error.
type moody struct{ model.Backend }

func (m moody) Answer(ctx context.Context, call *model.Call) (*model.Answer, error) {
	a, err := m.Backend.Answer(ctx, call)
	switch {
	case err != nil:
	case call.Model == sonnet:
		a.Status = http.StatusServiceUnavailable
	case call.Model == haiku3:
		a.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.LimitReader(a.Body, 600), iotest.ErrReader(io.ErrUnexpectedEOF)), a.Body}
	}
	return a, err
}

// What usage says, what Prometheus scrapes and what the journal holds is one
// sum, to the nano-dollar, however calls end.
func TestThreeSumsAgree(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.MetricsListen, o.Backends = "127.0.0.1:0", model.Routes{Default: moody{builtin.New(builtin.Options{})}}
	})
	foo, bar := w.user("foo", everything), w.user("bar", everything)
	for i := range 12 {
		who := []key{foo, bar, w.root}[i%3]
		if _, err := w.converse(who, haiku); err != nil {
			t.Fatal(err)
		}
		if _, err := w.converse(who, "no.such-model"); err == nil {
			t.Fatal("a model that there is not answered")
		}
	}
	for _, path := range []string{streamPath, streamPath, strings.Replace(streamPath, haiku, haiku3, 1), strings.Replace(haikuPath, haiku, sonnet, 1)} {
		resp := w.stream(t.Context(), foo, path, helloBody)
		_, _ = io.Copy(io.Discard, resp.Body) // may end with an error
		resp.Body.Close()
	}
	if _, err := w.converse(w.user("bat", nothing), haiku); err == nil {
		t.Fatal("who may nothing is answered")
	}
	var events usageRow
	ends := map[audit.Outcome]int{}
	for _, e := range w.events() {
		if strings.HasPrefix(e.Operation, "Converse") {
			ends[e.Outcome]++
		}
		if e.UsedModel != "" && e.Verdict == audit.Allow {
			events.Requests++
			events.InputTokens += e.Tokens.Input
			events.OutputTokens += e.Tokens.Output
			events.NanoUSD += e.Cost
		}
	}
	want := map[audit.Outcome]int{audit.OK: 14, audit.Incomplete: 1, audit.Denied: 1, audit.Failed: 13}
	if events.Requests != 16 || events.NanoUSD == 0 || !maps.Equal(ends, want) {
		t.Fatalf("the events say %+v, and ended %v, want %v", events, ends, want)
	}
	scraped := usageRow{
		Requests:     w.scraped("aws_bedrock_invocations_total") + w.scraped("aws_bedrock_invocation_server_errors_total"),
		InputTokens:  w.scraped("aws_bedrock_input_token_count_total"),
		OutputTokens: w.scraped("aws_bedrock_output_token_count_total"), NanoUSD: w.scraped("hardpan_cost_nano_usd_total"),
	}
	if scraped != events {
		t.Errorf("Prometheus %+v, events %+v", scraped, events)
	}
	all := w.usage(w.root, "by=person")
	total := all.Total
	total.Cost = ""
	if total != events || all.Own || len(all.Rows) != 3 {
		t.Errorf("usage %+v, events %+v", all, events)
	}
	mine := w.usage(w.user("baz", nothing), "")
	if !mine.Own || len(mine.Rows) != 0 {
		t.Errorf("who called nothing and may see nothing of others sees %+v", mine)
	}
}

// The CloudTrail file has every call when the server has stopped.
func TestCloudTrailFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trail")
	w := start(t, func(o *server.Options) { o.CloudTrail = dir })
	foo := w.user("foo", nothing)
	if _, err := w.converse(w.root, haiku); err != nil {
		t.Fatal(err)
	}
	if _, err := w.converse(foo, haiku); err == nil {
		t.Fatal("who may nothing is answered")
	}
	want := len(w.events())
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "cloudtrail-*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	lines, denied := 0, ""
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for scanner := bufio.NewScanner(f); scanner.Scan(); lines++ {
			if strings.Contains(scanner.Text(), `"errorCode":"AccessDenied"`) {
				denied = scanner.Text()
			}
		}
	}
	if lines != want {
		t.Errorf("%d records of %d calls", lines, want)
	}
	for _, part := range []string{`"eventSource":"bedrock.amazonaws.com"`, `"eventName":"Converse"`, `"userName":"foo"`, `"modelId":"` + haiku} {
		if !strings.Contains(denied, part) {
			t.Errorf("the record of the denial lacks %s: %s", part, denied)
		}
	}
}

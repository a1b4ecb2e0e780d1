package server_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

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

// What usage says, what Prometheus scrapes and what the journal holds is one
// sum, to the nano-dollar.
func TestThreeSumsAgree(t *testing.T) {
	w := start(t, func(o *server.Options) { o.MetricsListen = "127.0.0.1:0" })
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
	var events usageRow
	for _, e := range w.events() {
		if e.UsedModel != "" {
			events.Requests++
			events.InputTokens += e.Tokens.Input
			events.OutputTokens += e.Tokens.Output
			events.NanoUSD += e.Cost
		}
	}
	if events.Requests != 12 || events.NanoUSD == 0 {
		t.Fatalf("the events say %+v", events)
	}
	scraped := usageRow{
		Requests: w.scraped("aws_bedrock_invocations_total"), InputTokens: w.scraped("aws_bedrock_input_token_count_total"),
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

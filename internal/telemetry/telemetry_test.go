package telemetry

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"hardpan/internal/audit"
	"hardpan/internal/op"
)

func TestWanted(t *testing.T) {
	for name, c := range map[string]struct {
		environment      map[string]string
		asked, forbidden bool
		says             string
	}{
		"nothing":           {},
		"a collector":       {environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, asked: true},
		"one for traces":    {environment: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, asked: true},
		"an exporter":       {environment: map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, asked: true},
		"none":              {environment: map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, forbidden: true},
		"disabled":          {environment: map[string]string{"OTEL_SDK_DISABLED": "TRUE", "OTEL_TRACES_EXPORTER": "otlp"}, forbidden: true},
		"another exporter":  {environment: map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, says: `"zipkin" is neither otlp nor none`},
		"another protocol":  {environment: map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, says: "http/protobuf only"},
		"that of others":    {environment: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}},
		"its own and other": {environment: map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, asked: true},
	} {
		asked, forbidden, err := Wanted(func(name string) (string, bool) { v, ok := c.environment[name]; return v, ok })
		said := ""
		if err != nil {
			said = err.Error()
		}
		if asked != c.asked || forbidden != c.forbidden || c.says == "" && said != "" || !strings.Contains(said, c.says) {
			t.Errorf("%s: asked %v, forbidden %v, %v", name, asked, forbidden, err)
		}
	}
}

// A collector that does not answer makes no call wait: what there is no room for is
// dropped and counted.
func TestACollectorThatHangs(t *testing.T) {
	hang := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer collector.Close()
	var log bytes.Buffer
	var lock sync.Mutex
	tracer, err := Open(t.Context(), Options{Endpoint: collector.URL, Log: slog.New(slog.NewTextHandler(&locked{&lock, &log}, nil))})
	if err != nil {
		t.Fatal(err)
	}
	e := &audit.Event{ID: audit.NewCallID(), Service: "iam", Operation: "GetUser", Tool: &op.ToolUse{Method: "tools/list"}}
	sent := uint64(0)
	for ; tracer.Dropped() == 0 && sent < 1_000_000; sent++ {
		tracer.Record(e, "no trace", "")
	}
	if tracer.Dropped() == 0 || sent < waiting {
		t.Errorf("of %d calls %d were dropped", sent, tracer.Dropped())
	}
	close(hang)
	if err := tracer.Close(); err != nil {
		t.Error(err)
	}
	tracer.Record(e, "", "") // after the end
	lock.Lock()
	defer lock.Unlock()
	if !strings.Contains(log.String(), "does not keep up") {
		t.Errorf("nobody is told: %s", &log)
	}
}

type locked struct {
	*sync.Mutex
	to *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.to.Write(p)
}

// Off, it costs nothing; on, a call's own path allocates nothing.
func TestRecordAllocatesNothing(t *testing.T) {
	e := &audit.Event{}
	for name, tracer := range map[string]*Tracer{"off": nil, "on": {calls: make(chan call, waiting)}} {
		if n := testing.AllocsPerRun(100, func() { tracer.Record(e, "", "") }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

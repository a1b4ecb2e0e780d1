// Package telemetry tells an OpenTelemetry collector of calls: a trace for each,
// made from the event that the journal has of it.
//
// It knows which spans an event becomes, in the names of OpenTelemetry's
// conventions for AWS and for generative AI and in those of AgentCore, and how
// they are sent. It is asked when a call is over, so nothing of a call waits for
// it. It must not know prompts, answers or secrets: events have none, and a span
// has neither error messages nor what a tool was given.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"hardpan/internal/audit"
)

// Options say where traces go. How they are sampled, batched and labelled is said
// by the standard OTEL_ environment variables, which the SDK reads.
type Options struct {
	Endpoint string // base URL of a collector that takes OTLP over HTTP; empty: as the environment says
	Log      *slog.Logger
}

const (
	waiting = 4096            // calls that may wait to be made into spans
	flush   = 5 * time.Second // how long a stop waits for the collector
)

// Tracer makes traces of calls. Its methods may be called at any time, also after
// Close and of a nil Tracer, which does nothing.
type Tracer struct {
	tracer   trace.Tracer
	provider *sdktrace.TracerProvider
	exporter sdktrace.SpanExporter
	log      *slog.Logger

	calls   chan call
	dropped atomic.Uint64
	quit    chan struct{}
	done    chan struct{} // closed when all that waited has become spans
	close   sync.Once
}

// call is one that is over, and what its caller said of the trace that it is in.
type call struct {
	event               *audit.Event
	parent, parentState string
}

// Open begins to send traces. A collector that is away is no error: it is tried
// again, and the log says so.
func Open(ctx context.Context, opt Options) (*Tracer, error) {
	var where []otlptracehttp.Option
	if opt.Endpoint != "" {
		where = append(where, otlptracehttp.WithEndpointURL(tracesURL(opt.Endpoint)))
	}
	sender, err := otlptracehttp.New(ctx, where...)
	if err != nil {
		return nil, fmt.Errorf("making the exporter of traces: %w", err)
	}
	who, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "hardpan")),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("reading OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	t := &Tracer{
		exporter: &exporter{SpanExporter: sender, log: opt.Log}, log: opt.Log,
		calls: make(chan call, waiting), quit: make(chan struct{}), done: make(chan struct{}),
	}
	// A full batch makes this package's own queue wait, where drops are counted.
	t.provider = sdktrace.NewTracerProvider(sdktrace.WithBatcher(t.exporter, sdktrace.WithBlocking()), sdktrace.WithResource(who))
	t.tracer = t.provider.Tracer("hardpan")
	go t.run()
	return t, nil
}

// tracesURL is where a collector with the base URL given takes traces.
func tracesURL(base string) string {
	const path = "/v1/traces"
	return strings.TrimSuffix(strings.TrimSuffix(base, "/"), path) + path
}

// Record takes a call that is over, and the traceparent and tracestate headers of
// its request. It never waits: a call for which there is no room is dropped and
// counted.
func (t *Tracer) Record(e *audit.Event, parent, parentState string) {
	if t == nil {
		return
	}
	select {
	case t.calls <- call{e, parent, parentState}:
	default:
		if t.dropped.Add(1) == 1 {
			t.log.Warn("the collector of traces does not keep up; calls go on without, and hardpan_untraced_calls_total counts them")
		}
	}
}

// Dropped is how many calls have no trace for want of room.
func (t *Tracer) Dropped() uint64 {
	if t == nil {
		return 0
	}
	return t.dropped.Load()
}

func (t *Tracer) run() {
	defer close(t.done)
	for {
		select {
		case c := <-t.calls:
			t.spans(c)
		case <-t.quit:
			for {
				select {
				case c := <-t.calls:
					t.spans(c)
				default:
					return
				}
			}
		}
	}
}

// Close sends what waits, for five seconds at most.
func (t *Tracer) Close() (err error) {
	if t == nil {
		return nil
	}
	t.close.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), flush)
		defer cancel()
		close(t.quit)
		select {
		case <-t.done:
		case <-ctx.Done():
			_ = t.exporter.Shutdown(ctx) // what is under way fails, and so does what follows
			<-t.done
		}
		if err = t.provider.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
			t.log.Warn("the collector of traces does not answer; its last calls are not there")
			err = t.exporter.Shutdown(ctx)
		}
	})
	if err != nil {
		return fmt.Errorf("ending traces: %w", err)
	}
	return nil
}

// exporter says in the log, once until it goes again, that a collector takes
// nothing.
type exporter struct {
	sdktrace.SpanExporter
	log  *slog.Logger
	said bool
}

// ExportSpans is called by one goroutine at a time.
func (x *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := x.SpanExporter.ExportSpans(ctx, spans)
	if err != nil && !x.said {
		x.log.Warn("the collector takes no traces; they are lost until it does, calls go on", "error", err)
	}
	x.said = err != nil
	return nil
}

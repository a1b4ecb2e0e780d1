package telemetry

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"hardpan/internal/audit"
)

// spans makes the spans of a call.
func (t *Tracer) spans(c call) {
	ctx := parent(c)
	if c.event.Tool != nil {
		t.tool(ctx, c.event)
		return
	}
	t.server(ctx, c.event)
}

// parent is the span of the caller's that a call was made in, if its headers name
// one (W3C, Trace Context).
func parent(c call) context.Context {
	if c.parent == "" {
		return context.Background()
	}
	headers := propagation.MapCarrier{"traceparent": c.parent, "tracestate": c.parentState}
	return propagation.TraceContext{}.Extract(context.Background(), headers)
}

// span is one of an event. It lasts as long as the call: when a backend or an
// engine was asked within it is not in the journal.
func (t *Tracer) span(ctx context.Context, e *audit.Event, name string, kind trace.SpanKind, status int, attributes []attribute.KeyValue) context.Context {
	begin := time.UnixMicro(e.Time)
	ctx, s := t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(begin), trace.WithAttributes(attributes...))
	if !s.IsRecording() {
		return ctx
	}
	if status != 0 {
		s.SetAttributes(attribute.Int("http.response.status_code", status))
	}
	if problem := problem(e, kind, status); problem != "" {
		s.SetAttributes(attribute.String("error.type", problem))
		s.SetStatus(codes.Error, "")
	}
	s.End(trace.WithTimestamp(begin.Add(time.Duration(e.Latency) * time.Microsecond)))
	return ctx
}

// problem is the kind of error that a span ended with, or "". A server that refuses
// a caller has done what it should: that is no error of its span (conventions for
// HTTP spans).
func problem(e *audit.Event, kind trace.SpanKind, status int) string {
	least := http.StatusBadRequest
	if kind == trace.SpanKindServer {
		least = http.StatusInternalServerError
	}
	switch {
	case e.Outcome == audit.Incomplete:
		return string(e.Outcome)
	case status < least:
		return ""
	case e.Code != "":
		return e.Code
	}
	return http.StatusText(status)
}

// server is the span of a call to one of AWS's APIs.
func (t *Tracer) server(ctx context.Context, e *audit.Event) {
	name := e.Service
	if e.Operation != "" {
		name += "/" + e.Operation
	}
	list := append(common(e),
		attribute.String("rpc.system", "aws-api"), attribute.String("rpc.service", e.Service), attribute.String("rpc.method", e.Operation),
		attribute.String("aws.request_id", requestID(e)))
	list = text(list, "hardpan.error.code", e.Code)
	for _, check := range e.Checks {
		if !check.Allowed {
			list = append(list, attribute.String("hardpan.denied.action", check.Action), attribute.String("hardpan.denied.resource", check.Resource))
			break
		}
	}
	ctx = t.span(ctx, e, name, trace.SpanKindServer, e.Status, list)
	if forwarded(e) {
		t.model(ctx, e)
	}
}

// common is what every call's span says: who called, where, and what was decided.
func common(e *audit.Event) []attribute.KeyValue {
	list := make([]attribute.KeyValue, 0, 24)
	list = append(list,
		attribute.String("cloud.provider", "aws"), attribute.String("cloud.account.id", e.Account), attribute.String("cloud.region", e.Region),
		attribute.String("hardpan.principal", e.Caller.ARN), attribute.String("hardpan.principal.type", e.Caller.Type),
		attribute.String("hardpan.decision", e.Verdict), attribute.String("hardpan.outcome", string(e.Outcome)))
	return text(list, "hardpan.decision.id", e.DecisionID)
}

func requestID(e *audit.Event) string {
	if e.RequestID != "" {
		return e.RequestID
	}
	return e.ID
}

// text adds an attribute that has a value.
func text(list []attribute.KeyValue, name, value string) []attribute.KeyValue {
	if value == "" {
		return list
	}
	return append(list, attribute.String(name, value))
}

// texts adds an attribute that lists something.
func texts(list []attribute.KeyValue, name string, values []string) []attribute.KeyValue {
	if len(values) == 0 {
		return list
	}
	return append(list, attribute.StringSlice(name, values))
}

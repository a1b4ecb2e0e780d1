package server

import (
	"log/slog"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hardpan/internal/audit"
)

// metrics are what a scraper sees. Labels are bounded: services, operations
// and models come from tables, never from what a caller wrote.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	tokens   *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	bedrock  *bedrockMetrics
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hardpan_calls_total", Help: "Authenticated calls by how they ended.",
		}, []string{"service", "operation", "outcome", "status"}),
		tokens: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hardpan_tokens_total", Help: "Tokens that backends reported, by model and kind.",
		}, []string{"model", "kind"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hardpan_call_seconds", Help: "Time from a call's receipt to the end of its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 18),
		}, []string{"service", "operation"}),
	}
	m.bedrock = newBedrockMetrics(m.registry)
	m.registry.MustRegister(m.calls, m.tokens, m.latency, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// untraced counts the calls that have no trace for want of room.
func (m *metrics) untraced(dropped func() uint64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "hardpan_untraced_calls_total", Help: "Calls without a trace, because the collector did not keep up.",
	}, func() float64 { return float64(dropped()) }))
}

// unkeptBodies counts the calls whose bodies are not in the invocation log for
// want of room.
func (m *metrics) unkeptBodies(dropped func() uint64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "hardpan_unkept_bodies_total", Help: "Calls whose bodies are not in the invocation log, because it was not written fast enough.",
	}, func() float64 { return float64(dropped()) }))
}

func (m *metrics) observe(e *audit.Event) {
	m.calls.WithLabelValues(e.Service, e.Operation, string(e.Outcome), strconv.Itoa(e.Status)).Inc()
	m.latency.WithLabelValues(e.Service, e.Operation).Observe(float64(e.Latency) / 1e6)
	m.bedrock.observe(e)
	if e.Tokens.IsZero() {
		return
	}
	m.tokens.WithLabelValues(e.UsedModel, "input").Add(float64(e.Tokens.Input))
	m.tokens.WithLabelValues(e.UsedModel, "output").Add(float64(e.Tokens.Output))
	m.tokens.WithLabelValues(e.UsedModel, "cache-read").Add(float64(e.Tokens.CacheRead))
	m.tokens.WithLabelValues(e.UsedModel, "cache-write").Add(float64(e.Tokens.CacheWrite))
}

// serveMetrics answers scrapes and probes on an address of their own; none if
// the options name none. It goes on while the server drains.
func (s *Server) serveMetrics() (stop func()) {
	if s.scrapes == nil {
		return func() {}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	limits := s.opt.Limits
	srv := &http.Server{
		Handler: mux, ReadTimeout: limits.Header, IdleTimeout: limits.Idle, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(s.opt.Log.Handler(), slog.LevelDebug),
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(s.scrapes) }()
	return func() { _ = srv.Close(); <-done }
}

package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"hardpan/internal/audit"
	"hardpan/internal/rollup"
)

// bedrockMetrics are those that CloudWatch has of Bedrock (Amazon Bedrock User
// Guide, "Monitoring the performance of Amazon Bedrock"; the two of caches are
// from memory), in Prometheus's spelling, and what calls cost. The label is the
// foundation model that answered: CloudWatch's ModelId may be a profile's, of
// which an account has as many as people make.
type bedrockMetrics struct {
	invocations, clientErrors, serverErrors, throttles *prometheus.CounterVec
	input, output, cacheRead, cacheWrite, images       *prometheus.CounterVec
	latency, firstToken                                *prometheus.HistogramVec
	cost, unpriced                                     *prometheus.CounterVec
}

func newBedrockMetrics(r prometheus.Registerer) *bedrockMetrics {
	counter := func(name, help string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"model_id"})
		r.MustRegister(c)
		return c
	}
	histogram := func(name, help string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(1, 2, 20), // 1 ms to 9 min
		}, []string{"model_id"})
		r.MustRegister(h)
		return h
	}
	return &bedrockMetrics{
		invocations:  counter("aws_bedrock_invocations_total", "Invocations: calls that a model answered."),
		clientErrors: counter("aws_bedrock_invocation_client_errors_total", "InvocationClientErrors: calls answered with a status of 400 to 499."),
		serverErrors: counter("aws_bedrock_invocation_server_errors_total", "InvocationServerErrors: calls answered with a status of 500 or more."),
		throttles:    counter("aws_bedrock_invocation_throttles_total", "InvocationThrottles: calls that were throttled; neither invocations nor errors."),
		input:        counter("aws_bedrock_input_token_count_total", "InputTokenCount: tokens in the input."),
		output:       counter("aws_bedrock_output_token_count_total", "OutputTokenCount: tokens in the output."),
		cacheRead:    counter("aws_bedrock_cache_read_input_tokens_total", "CacheReadInputTokens: tokens read from a cache."),
		cacheWrite:   counter("aws_bedrock_cache_write_input_tokens_total", "CacheWriteInputTokens: tokens written to a cache."),
		images:       counter("aws_bedrock_output_image_count_total", "OutputImageCount: images in the output."),
		latency:      histogram("aws_bedrock_invocation_latency_milliseconds", "InvocationLatency: from a call's receipt to the end of its answer."),
		firstToken:   histogram("aws_bedrock_time_to_first_token_milliseconds", "TimeToFirstToken: from a call's receipt to the first piece of a stream."),
		cost:         counter("hardpan_cost_nano_usd_total", "What calls cost, in billionths of a US dollar; exact up to nine million dollars."),
		unpriced:     counter("hardpan_unpriced_calls_total", "Calls whose price is not known: the cost lacks them."),
	}
}

// refusedModel is the label of calls that went to no model.
const refusedModel = "none"

// observe counts a call that was for a model. Refusals of Hardpan's own, by
// policy, are none; those by a rate limit are throttles.
func (m *bedrockMetrics) observe(e *audit.Event) {
	model := e.UsedModel
	if e.Outcome == audit.Refused && e.Status == http.StatusTooManyRequests {
		m.throttles.WithLabelValues(refusedModel).Inc()
	}
	if model == "" || e.Verdict != audit.Allow {
		return
	}
	switch {
	case e.Status == http.StatusTooManyRequests:
		m.throttles.WithLabelValues(model).Inc()
	case e.Status >= http.StatusInternalServerError:
		m.serverErrors.WithLabelValues(model).Inc()
	case e.Status >= http.StatusBadRequest:
		m.clientErrors.WithLabelValues(model).Inc()
	default:
		m.invocations.WithLabelValues(model).Inc()
		m.latency.WithLabelValues(model).Observe(float64(e.Latency) / 1e3)
	}
	if e.FirstToken > 0 {
		m.firstToken.WithLabelValues(model).Observe(float64(e.FirstToken) / 1e3)
	}
	if rollup.Counts(e) {
		m.use(model, e)
	}
}

// use counts what is also in the sums of usage, call by call the same.
func (m *bedrockMetrics) use(model string, e *audit.Event) {
	u := rollup.Sum(e)
	for counter, n := range map[*prometheus.CounterVec]int64{
		m.input: u.Input, m.output: u.Output, m.cacheRead: u.CacheRead, m.cacheWrite: u.CacheWrite,
		m.images: u.Images, m.cost: u.Nano, m.unpriced: u.Unpriced,
	} {
		if n > 0 {
			counter.WithLabelValues(model).Add(float64(n))
		}
	}
}

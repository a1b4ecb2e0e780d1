package telemetry

import (
	"context"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"hardpan/internal/audit"
	"hardpan/internal/catalog"
)

// forwarded tells whether a call was sent to a model.
func forwarded(e *audit.Event) bool {
	return e.UsedModel != "" && e.Verdict == audit.Allow && e.Outcome != audit.Refused
}

// model is the span of asking a model, in the names of OpenTelemetry's conventions
// for generative AI, the older gen_ai.system included. Input tokens have those of
// the cache in them, as the conventions want it and AWS does not: that is from
// memory. A backend is known by its name in the configuration, not by its address.
func (t *Tracer) model(ctx context.Context, e *audit.Event) {
	operation, use := generates(e), &e.Tokens
	list := []attribute.KeyValue{
		attribute.String("gen_ai.operation.name", operation),
		attribute.String("gen_ai.provider.name", "aws.bedrock"), attribute.String("gen_ai.system", "aws.bedrock"),
		attribute.String("gen_ai.request.model", e.Model), attribute.String("gen_ai.response.model", e.UsedModel),
		attribute.Int64("gen_ai.usage.input_tokens", use.Input+use.CacheRead+use.CacheWrite),
		attribute.Int64("gen_ai.usage.output_tokens", use.Output),
		attribute.Bool("hardpan.tokens.estimated", e.Estimated),
	}
	if use.CacheRead > 0 || use.CacheWrite > 0 {
		list = append(list, attribute.Int64("gen_ai.usage.cache_read.input_tokens", use.CacheRead),
			attribute.Int64("gen_ai.usage.cache_creation.input_tokens", use.CacheWrite))
	}
	list = text(list, "server.address", e.Backend)
	list = text(list, "cloud.region", e.UsedRegion)
	list = text(list, "hardpan.inference_profile", e.Profile)
	if e.Priced {
		list = append(list, attribute.Int64("hardpan.cost.nano_usd", e.Cost))
	}
	if e.FirstToken > 0 {
		list = append(list, attribute.Float64("hardpan.time_to_first_token", float64(e.FirstToken)/1e6)) // seconds
	}
	t.span(ctx, e, operation+" "+e.Model, trace.SpanKindClient, e.Status, list)
}

// generates is what the conventions call the operation.
func generates(e *audit.Event) string {
	m, ok := catalog.Find(e.UsedModel)
	switch {
	case strings.HasPrefix(e.Operation, "Converse"):
		return "chat"
	case e.Operation == "CountTokens":
		return "count_tokens"
	case ok && slices.Contains(m.OutputModalities, "EMBEDDING"):
		return "embeddings"
	case ok && !slices.Contains(m.OutputModalities, "TEXT"):
		return "generate_content"
	}
	return "chat"
}

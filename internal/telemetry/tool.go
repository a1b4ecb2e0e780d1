package telemetry

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"hardpan/internal/audit"
	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

const (
	most       = 50                               // tools that a list on a span has
	searchTool = "x_amz_bedrock_agentcore_search" // AgentCore's own
)

// tool makes the spans of one question that a tool gateway decided, in the names of
// AgentCore's: that of the gateway, and within it that of its policy engine, if it
// has one. Theirs name no principal and say of a role that lacks a permission only
// that something failed; these have both. Source of the names: AgentCore developer
// guide, observability; public reports.
func (t *Tracer) tool(ctx context.Context, e *audit.Event) {
	use, about := e.Tool, subject(e)
	list := append(common(e), about...)
	list = append(list, attribute.String("rpc.method", use.Method))
	name := "AgentCore.Gateway.InvokeTool"
	if lists(use) {
		name = "AgentCore.Gateway.ListTools"
	}
	list = text(list, "tool.name", use.Name)
	if use.Engine != "" {
		list = append(list, attribute.String("aws.agentcore.policy.authorization_decision", decision(use)),
			attribute.String("aws.agentcore.gateway.policy.mode", use.Mode))
	}
	if len(use.Missing) > 0 {
		list = texts(list, "hardpan.missing_permissions", missing(use))
		list = text(list, "hardpan.role", use.Role)
	}
	ctx = t.span(ctx, e, name, trace.SpanKindServer, e.Status, list)
	if use.Engine != "" {
		t.policy(ctx, e, about)
	}
}

// subject is what all spans of a gateway's question have in common.
func subject(e *audit.Event) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("aws.request.id", requestID(e)),
		attribute.String("aws.resource.arn", e.Tool.Gateway),
		attribute.String("aws.resource.type", "AWS::BedrockAgentCore::Gateway"),
		attribute.String("hardpan.tool.principal", e.Tool.Principal),
	}
}

// policy is the span of asking the policy engine.
func (t *Tracer) policy(ctx context.Context, e *audit.Event, about []attribute.KeyValue) {
	use := e.Tool
	method := "AuthorizeAction"
	if lists(use) {
		method = "PartiallyAuthorizeActions"
	}
	list := append(slices.Clone(about),
		attribute.String("rpc.system", "aws-api"), attribute.String("rpc.service", last(use.Engine)), attribute.String("rpc.method", method),
		attribute.String("aws.remote.service", "AWS::"+last(use.Engine)),
		attribute.String("aws.agentcore.policy.target_resource.id", last(use.Gateway)),
		attribute.String("aws.agentcore.gateway.policy.arn", use.Engine), attribute.String("aws.agentcore.gateway.policy.mode", use.Mode))
	if lists(use) {
		list = texts(list, "aws.agentcore.policy.allowed_tools", use.Shown[:min(len(use.Shown), most)])
		list = texts(list, "aws.agentcore.policy.denied_tools", use.Hidden[:min(len(use.Hidden), most)])
	} else {
		list = decided(list, use)
	}
	if lacks := missing(use); asked(use) == http.StatusForbidden {
		list = texts(list, "hardpan.missing_permissions", lacks)
		list = text(list, "hardpan.role", use.Role)
	}
	t.span(ctx, e, "AgentCore.Policy."+method, trace.SpanKindClient, asked(use), list)
}

// decided is what an engine said about one action.
func decided(list []attribute.KeyValue, use *op.ToolUse) []attribute.KeyValue {
	list = append(list, attribute.String("aws.agentcore.policy.authorization_decision", decision(use)))
	list = text(list, "aws.agentcore.policy.authorization_reason", use.Reason)
	list = texts(list, "aws.agentcore.policy.determining_policies", use.Determining)
	list = texts(list, "aws.agentcore.policy.mismatched_policies", use.Mismatched)
	var only []string
	for _, l := range use.LogOnly {
		only = append(only, l.Policy)
	}
	return texts(list, "aws.agentcore.policy.log_only_matched_policies", only)
}

// asked is the status of asking an engine: 403 if the gateway's role may not.
func asked(use *op.ToolUse) int {
	for _, m := range use.Missing {
		switch m.Action {
		case gateway.GetPolicyEngine, gateway.AuthorizeAction, gateway.PartiallyAuthorizeActions:
			return http.StatusForbidden
		}
	}
	return http.StatusOK
}

// lists reports whether the question is what the caller may see; a search is one
// too.
func lists(use *op.ToolUse) bool {
	return strings.HasSuffix(use.Method, "/list") || use.Method == "completion/complete" || use.Name == searchTool
}

func decision(use *op.ToolUse) string {
	if use.Allowed {
		return "ALLOW"
	}
	return "DENY"
}

func missing(use *op.ToolUse) (list []string) {
	for _, m := range use.Missing {
		list = append(list, m.Action+" on "+m.Resource)
	}
	return list
}

func last(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

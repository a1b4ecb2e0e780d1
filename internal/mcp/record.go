package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

// maxKept bounds what a record has of a caller's claims, and of a call's input, in
// bytes each.
const maxKept = 16 << 10

// keepClaims keeps the caller's tags, so that what is decided can be decided again.
func (p *policies) keepClaims() {
	tags := p.visit.Caller.Tags()
	size := 0
	for name, value := range tags {
		size += len(name) + len(value)
	}
	if size > maxKept {
		p.use.Trimmed = append(p.use.Trimmed, "claims")
		return
	}
	p.use.Claims = tags
}

// keepInput keeps what is asked for; the arguments only if the operator wants it.
func (p *policies) keepInput(action cedar.Action, input json.RawMessage) {
	p.use.Action = action.ID()
	if !p.visit.plane.RecordInputs {
		return
	}
	var kept bytes.Buffer
	switch {
	case len(input) > maxKept:
		p.use.Trimmed = append(p.use.Trimmed, "input")
	case json.Compact(&kept, input) == nil:
		p.use.Input = kept.Bytes()
	}
}

// log says what was decided in one line, in the names of AgentCore's spans, and
// with the two things that those lack: the principal, and what the gateway's role
// is not allowed. Source of the names: AgentCore developer guide, observability;
// public reports.
func (p *policies) log(ctx context.Context, id string, failed error) {
	log, use := p.visit.plane.Log, &p.use
	level, message := slog.LevelDebug, "a gateway decided"
	switch {
	case failed != nil:
		return // the door says so
	case p.broken:
		level, message = slog.LevelWarn, "a gateway's policies cannot be evaluated"
	case len(use.Missing) > 0:
		level, message = slog.LevelWarn, "a gateway's role lacks a permission"
	case use.Refused != nil && use.Problem != "":
		level, message = slog.LevelWarn, "a call of a tool cannot be counted"
	case use.Refused != nil:
		level, message = slog.LevelInfo, "a budget has no room for a call of a tool"
	case use.Failed:
		message = "a gateway's target failed"
	case !use.Allowed:
		level, message = slog.LevelInfo, "a gateway denied"
	}
	if !log.Enabled(ctx, level) {
		return
	}
	attributes := p.attributes(id)
	log.LogAttrs(ctx, level, message, attributes...)
}

// attributes are those of AgentCore's spans that a decision has a value for.
func (p *policies) attributes(id string) []slog.Attr {
	use, v := &p.use, p.visit
	list := []slog.Attr{
		slog.String("span.name", spanName(use)),
		slog.String("aws.resource.arn", use.Gateway),
		slog.String("aws.resource.type", "AWS::BedrockAgentCore::Gateway"),
		slog.String("rpc.method", rpcMethod(use)),
		slog.Int("http.response.status_code", p.status()),
		slog.String("hardpan.tool.principal", use.Principal),
		slog.String("hardpan.decision.id", id),
	}
	add := func(name, value string) {
		if value != "" {
			list = append(list, slog.String(name, value))
		}
	}
	add("tool.name", use.Name)
	if use.Engine != "" {
		add("rpc.system", "aws-api")
		add("rpc.service", engineID(use.Engine))
		add("aws.agentcore.gateway.policy.arn", use.Engine)
		add("aws.agentcore.gateway.policy.mode", use.Mode)
		add("aws.agentcore.policy.target_resource.id", v.Gateway.ID)
		add("aws.agentcore.policy.authorization_decision", verdict(use))
		add("aws.agentcore.policy.authorization_reason", use.Reason)
		add("aws.agentcore.policy.determining_policies", strings.Join(use.Determining, ","))
		add("aws.agentcore.policy.mismatched_policies", strings.Join(use.Mismatched, ","))
		add("aws.agentcore.policy.log_only_matched_policies", matched(use))
		add("aws.agentcore.policy.allowed_tools", bounded(use.Shown))
		add("aws.agentcore.policy.denied_tools", bounded(use.Hidden))
	}
	add("hardpan.missing_permissions", missing(use))
	add("hardpan.role", use.Role)
	add("hardpan.problem", use.Problem)
	return list
}

// The names of AgentCore's spans. Source: public reports.
func spanName(use *op.ToolUse) string {
	if use.Engine == "" {
		if lists(use) {
			return "AgentCore.Gateway.ListTools"
		}
		return "AgentCore.Gateway.InvokeTool"
	}
	return "AgentCore.Policy." + rpcMethod(use)
}

func rpcMethod(use *op.ToolUse) string {
	if lists(use) {
		return strings.TrimPrefix(gateway.PartiallyAuthorizeActions, "bedrock-agentcore:")
	}
	return strings.TrimPrefix(gateway.AuthorizeAction, "bedrock-agentcore:")
}

// lists reports whether the question is what the caller may see.
func lists(use *op.ToolUse) bool {
	return strings.HasSuffix(use.Method, "/list") || use.Method == "completion/complete" || use.Name == searchTool
}

// status is that of asking the engine: 403 if the gateway's role may not.
func (p *policies) status() int {
	switch {
	case p.broken && len(p.use.Missing) > 0:
		return 403
	case p.broken:
		return 500
	}
	return 200
}

func verdict(use *op.ToolUse) string {
	if use.Allowed {
		return "ALLOW"
	}
	return "DENY"
}

func matched(use *op.ToolUse) string {
	var ids []string
	for _, l := range use.LogOnly {
		ids = append(ids, l.Policy)
	}
	return strings.Join(ids, ",")
}

func missing(use *op.ToolUse) string {
	var list []string
	for _, m := range use.Missing {
		list = append(list, m.Action+" on "+m.Resource)
	}
	return strings.Join(list, ", ")
}

// bounded is a list of names that a line of a log can hold.
func bounded(names []string) string {
	const most = 50
	if len(names) <= most {
		return strings.Join(names, ",")
	}
	return strings.Join(names[:most], ",") + ",…"
}

func engineID(engineARN string) string { return engineARN[strings.LastIndexByte(engineARN, '/')+1:] }

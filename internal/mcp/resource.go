package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/yosida95/uritemplate/v3"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/mcp/target"
)

// A resource keeps its own URI. Of several targets that have one URI, the one
// with the lowest resourcePriority serves it, else the first by name; how AWS
// orders them is not documented.

// holder is a target with what it offers.
type holder struct {
	target *gateway.Target
	offers *target.Offers
}

func (v *Visit) holders(ctx context.Context) (list []holder) {
	v.offers(ctx, func(t *gateway.Target, o *target.Offers) { list = append(list, holder{t, o}) })
	slices.SortStableFunc(list, func(a, b holder) int { return cmp.Compare(priority(a.target), priority(b.target)) })
	return list
}

func priority(t *gateway.Target) int32 {
	if server, ok := t.MCP().(*types.McpTargetConfigurationMemberMcpServer); ok && server.Value.ResourcePriority != nil {
		return aws.ToInt32(server.Value.ResourcePriority)
	}
	return 1 << 30
}

// listResources shows the resources that the caller could read. Each is decided
// by its own URI.
func (v *Visit) listResources(ctx context.Context, _ *sdk.ListResourcesRequest) (sdk.Result, error) {
	p := v.offered("resources/list", "", gateway.ListNeeds)
	result := &sdk.ListResourcesResult{Resources: []*sdk.Resource{}}
	seen := map[string]bool{}
	for _, h := range v.open(ctx, p) {
		for _, r := range h.offers.Resources {
			if !seen[r.URI] && v.readable(p, h.target, r.URI) {
				result.Resources = append(result.Resources, r)
			}
			seen[r.URI] = true
		}
	}
	return result, v.listed(ctx, p)
}

// open are the targets whose resources may be looked at; none if the policies
// cannot be asked.
func (v *Visit) open(ctx context.Context, p *policies) []holder {
	if p.closed() {
		return nil
	}
	return v.holders(ctx)
}

// readable decides one resource without writing it down.
func (v *Visit) readable(p *policies, t *gateway.Target, uri string) bool {
	trial := *p
	trial.silent = true
	goesOn, err := trial.decide(cedar.ResourceAction(t.Name), uriInput(uri))
	return err == nil && goesOn
}

func uriInput(uri string) json.RawMessage {
	return json.RawMessage(`{"uri":` + string(quoted(uri)) + `}`)
}

// listTemplates shows the templates of targets of which some resource could be
// read.
func (v *Visit) listTemplates(ctx context.Context, _ *sdk.ListResourceTemplatesRequest) (sdk.Result, error) {
	p := v.offered("resources/templates/list", "", gateway.ListNeeds)
	could := p.visible()
	result := &sdk.ListResourceTemplatesResult{ResourceTemplates: []*sdk.ResourceTemplate{}}
	for _, h := range v.open(ctx, p) {
		if len(h.offers.Templates) > 0 && could(cedar.ResourceAction(h.target.Name)) {
			result.ResourceTemplates = append(result.ResourceTemplates, h.offers.Templates...)
		}
	}
	return result, v.listed(ctx, p)
}

// readResource decides a resource by its URI, and has its target read it.
func (v *Visit) readResource(ctx context.Context, r *sdk.ReadResourceRequest) (sdk.Result, error) {
	p := v.offered("resources/read", r.Params.URI, gateway.CallNeeds)
	if p.closed() {
		return nil, v.listed(ctx, p)
	}
	t := v.serves(ctx, r.Params.URI)
	if t == nil {
		return nil, &jsonrpc.Error{Code: codeResourceNotFound, Message: fmt.Sprintf("Resource not found: %.500s", r.Params.URI)}
	}
	if err := v.admit(ctx, p, t, cedar.ResourceAction(t.Name), uriInput(r.Params.URI)); err != nil {
		return nil, err
	}
	result, err := v.plane.Targets.ReadResource(ctx, v.at(t), r.Params.URI)
	return answered(ctx, v, p, result, err)
}

// serves finds the target that has a resource, by its list or its templates.
func (v *Visit) serves(ctx context.Context, uri string) *gateway.Target {
	for _, h := range v.holders(ctx) {
		named := func(r *sdk.Resource) bool { return r.URI == uri }
		if slices.ContainsFunc(h.offers.Resources, named) || slices.ContainsFunc(h.offers.Templates, func(t *sdk.ResourceTemplate) bool { return fits(t, uri) }) {
			return h.target
		}
	}
	return nil
}

func fits(t *sdk.ResourceTemplate, uri string) bool {
	parsed, err := uritemplate.New(t.URITemplate)
	return err == nil && parsed.Regexp().MatchString(uri)
}

// complete suggests values for an argument of a prompt or resource template that
// the caller could use; of others it says nothing.
func (v *Visit) complete(ctx context.Context, r *sdk.CompleteRequest) (sdk.Result, error) {
	empty := &sdk.CompleteResult{Completion: sdk.CompletionResultDetails{Values: []string{}}}
	if r.Params.Ref == nil {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "ref is missing: what is to be completed"}
	}
	p := v.offered("completion/complete", cmp.Or(r.Params.Ref.Name, r.Params.Ref.URI), gateway.ListNeeds)
	params := *r.Params
	params.Meta = nil // what client and gateway agreed on is not the target's
	var t *gateway.Target
	var action cedar.Action
	switch {
	case p.closed():
		return nil, v.listed(ctx, p)
	case r.Params.Ref.Type == "ref/prompt":
		owner, own, err := v.targetOf("prompt", r.Params.Ref.Name)
		if err != nil {
			return empty, nil //nolint:nilerr // what there is not has no values
		}
		t, action = owner, cedar.PromptAction(owner.Name, own)
		params.Ref = &sdk.CompleteReference{Type: r.Params.Ref.Type, Name: own}
	default:
		if t = v.templateOwner(ctx, r.Params.Ref.URI); t == nil {
			return empty, nil
		}
		action = cedar.ResourceAction(t.Name)
	}
	if !p.visible()(action) {
		_, err := p.write(ctx)
		return empty, err
	}
	result, err := v.plane.Targets.Complete(ctx, v.at(t), &params)
	return answered(ctx, v, p, result, err)
}

func (v *Visit) templateOwner(ctx context.Context, template string) *gateway.Target {
	for _, h := range v.holders(ctx) {
		if slices.ContainsFunc(h.offers.Templates, func(t *sdk.ResourceTemplate) bool { return t.URITemplate == template }) {
			return h.target
		}
	}
	return nil
}

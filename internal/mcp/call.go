package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/ledger"
	"hardpan/internal/mcp/target"
)

// callTool decides a call on its real arguments, and has the target carry it
// out.
func (v *Visit) callTool(ctx context.Context, r *sdk.CallToolRequest) (sdk.Result, error) {
	name := r.Params.Name
	if name == searchTool && v.searches() {
		return v.search(ctx, r)
	}
	t := catalogueOf(v.Snapshot, v.Gateway).byName[name]
	if t == nil {
		return nil, unknownTool(name)
	}
	p := v.policies("tools/call", name, gateway.CallNeeds)
	p.use.Target = t.target.ID
	goesOn, err := p.decide(cedar.ToolAction(t.target.Name, t.own), r.Params.Arguments)
	if err == nil && goesOn {
		err = t.check(r.Params.Arguments)
	}
	if err != nil {
		return v.offSchema(ctx, p, err)
	}
	if !goesOn {
		return v.refuseCall(ctx, p)
	}
	reserved, err := v.reserve(ctx, p, name)
	if err != nil {
		return v.noRoom(ctx, p, err)
	}
	return v.carryOut(ctx, p, t, r, reserved)
}

func unknownTool(name string) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf("Unknown tool: %.200s", name)}
}

func (v *Visit) offSchema(ctx context.Context, p *policies, wrong error) (sdk.Result, error) {
	p.use.Allowed, p.use.Message = false, wrong.Error()
	if _, err := p.write(ctx); err != nil {
		return nil, err
	}
	return nil, offSchema(wrong)
}

// refuseCall answers a call that policy does not allow, or cannot be asked about.
func (v *Visit) refuseCall(ctx context.Context, p *policies) (sdk.Result, error) {
	p.use.Message = brokenText
	if !p.broken {
		p.use.Message = "AuthorizeActionException - " + deniedText + " [" + p.use.Reason + "]"
	}
	id, err := p.write(ctx)
	if err != nil {
		return nil, err
	}
	if p.broken {
		return broke(id), nil
	}
	return p.denied(id)
}

// carryOut has the target answer, and writes the outcome down before the client
// learns of it.
func (v *Visit) carryOut(ctx context.Context, p *policies, t *tool, r *sdk.CallToolRequest, reserved *ledger.Reservation) (sdk.Result, error) {
	result, failed := v.plane.Targets.CallTool(ctx, v.at(t.target), &target.Call{
		Tool: t.own, Arguments: r.Params.Arguments, Progress: progress(ctx, r), Log: logged(ctx, r),
	})
	if failed != nil {
		p.use.Problem, p.use.Message = failed.Error(), v.told(failed)
		if e, ok := errors.AsType[*target.Error](failed); ok && e.Action != "" {
			p.use.Missing = append(p.use.Missing, permission(e))
			p.use.Role = aws.ToString(v.Gateway.Detail.RoleArn)
		}
	}
	p.use.Failed = failed != nil || result.IsError
	settle(p, reserved, failed)
	id, err := p.write(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	if failed != nil {
		return v.targetFailed(failed, id), nil
	}
	return result, nil
}

// progress passes on what a target says on its way, under the client's own token.
func progress(ctx context.Context, r *sdk.CallToolRequest) func(*sdk.ProgressNotificationParams) {
	token := r.Params.GetProgressToken()
	if token == nil {
		return nil
	}
	return func(n *sdk.ProgressNotificationParams) {
		told := *n
		told.ProgressToken = token
		_ = r.Session.NotifyProgress(ctx, &told) // a client that left learns nothing more
	}
}

func logged(ctx context.Context, r *sdk.CallToolRequest) func(*sdk.LoggingMessageParams) {
	return func(m *sdk.LoggingMessageParams) { _ = r.Session.Log(ctx, m) }
}

// search answers the search tool: the definitions that fit best, of the tools
// that the caller sees.
func (v *Visit) search(ctx context.Context, r *sdk.CallToolRequest) (sdk.Result, error) {
	var args struct{ Query string }
	if err := json.Unmarshal(r.Params.Arguments, &args); err != nil || args.Query == "" {
		return nil, offSchema(errors.New("query is missing: a few words about what the tool is to do"))
	}
	p := v.policies("tools/call", searchTool, gateway.ListNeeds)
	if p.closed() {
		p.use.Allowed, p.use.Message = false, brokenListsText
		id, err := p.write(ctx)
		if err != nil {
			return nil, err
		}
		return failedCall(brokenListsText, id), nil
	}
	could := p.visible()
	hits := catalogueOf(v.Snapshot, v.Gateway).search.find(args.Query, func(t *tool) bool {
		return could(cedar.ToolAction(t.target.Name, t.own))
	})
	answer := struct {
		Tools []*sdk.Tool `json:"tools"`
	}{[]*sdk.Tool{}}
	for _, t := range hits {
		answer.Tools = append(answer.Tools, t.shown)
	}
	if _, err := p.write(ctx); err != nil {
		return nil, err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: string(text)}}, StructuredContent: answer}, nil
}

package mcp

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
)

// page is how many tools a page of tools/list has (observed: about 30), unless
// the gateway has disableMcpListToolsPagination.
const page = 30

// listTools shows the tools that some input could call.
func (v *Visit) listTools(ctx context.Context, r *sdk.ListToolsRequest) (sdk.Result, error) {
	p := v.policies("tools/list", "", gateway.ListNeeds)
	if p.closed() {
		p.use.Allowed, p.use.Message = false, brokenListsText
		id, err := p.write(ctx)
		if err != nil {
			return nil, err
		}
		return list{new(sdk.ListToolsResult), failedCall(brokenListsText, id)}, nil
	}
	tools := v.shownTools(p)
	part, next, err := v.page(tools, r.Params)
	if err != nil {
		return nil, err
	}
	if _, err := p.write(ctx); err != nil {
		return nil, err
	}
	result := &sdk.ListToolsResult{Tools: part, NextCursor: next}
	if legacy(r.Session) {
		return list{ListToolsResult: result}, nil
	}
	return result, nil
}

// shownTools are the tools that the caller sees, in the order of their names.
func (v *Visit) shownTools(p *policies) []*sdk.Tool {
	tools := []*sdk.Tool{}
	could := p.visible()
	for _, t := range catalogueOf(v.Snapshot, v.Gateway).tools {
		if could(cedar.ToolAction(t.target.Name, t.own)) {
			tools = append(tools, t.shown)
		}
	}
	if v.searches() && len(tools) > 0 {
		tools = append(tools, searchShown)
	}
	slices.SortFunc(tools, func(a, b *sdk.Tool) int { return cmp.Compare(a.Name, b.Name) })
	return tools
}

func (v *Visit) searches() bool { return v.Gateway.MCP().SearchType == types.SearchTypeSemantic }

// searchShown is the search tool as clients see it.
var searchShown = &sdk.Tool{
	Name:        searchTool,
	Description: "Finds the tools of this gateway that fit a question best. Returns tool definitions that can be called.",
	InputSchema: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string","description":"What the tool is to do, in a few words"}},"required":["query"]}`),
}

// page returns the part of the list that the cursor asks for. A cursor is the
// name of the last tool that was shown, so that it stays good when tools come
// and go.
func (v *Visit) page(tools []*sdk.Tool, params *sdk.ListToolsParams) (part []*sdk.Tool, next string, err error) {
	if params != nil && params.Cursor != "" {
		after, err := base64.RawURLEncoding.DecodeString(params.Cursor)
		if err != nil {
			return nil, "", &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "The cursor is not one that this gateway gave."}
		}
		from, found := slices.BinarySearchFunc(tools, string(after), func(t *sdk.Tool, name string) int { return strings.Compare(t.Name, name) })
		if found {
			from++
		}
		tools = tools[from:]
	}
	if len(tools) <= page || aws.ToBool(v.Gateway.MCP().DisableMcpListToolsPagination) {
		return tools, "", nil
	}
	return tools[:page], base64.RawURLEncoding.EncodeToString([]byte(tools[page-1].Name)), nil
}

package target

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/gateway"
	"hardpan/internal/openapi"
)

// openAPI is a target that an OpenAPI document describes.
type openAPI struct {
	pool *Pool
	api  *openapi.API
}

// newOpenAPI reads the target's document, once for each state of the gateway's
// targets.
func newOpenAPI(p *Pool, at *Place, c types.ApiSchemaConfiguration) (kind, error) {
	inline, ok := c.(*types.ApiSchemaConfigurationMemberInlinePayload)
	if !ok {
		return nil, &Error{Message: "An OpenAPI document in Amazon S3 is not read by this release of Hardpan; give it inline."}
	}
	type read struct {
		api *openapi.API
		err error
	}
	shelf := at.Snapshot.Shelf(gateway.KindTarget, at.Target.Within)
	r := shelf.Keep("openapi "+at.Target.ID, func() any {
		api, err := openapi.Load([]byte(inline.Value), openapi.Options{})
		return read{api, err}
	}).(read)
	if r.err != nil {
		return nil, &Error{Message: "The target's OpenAPI document cannot be used: " + r.err.Error()}
	}
	return &openAPI{p, r.api}, nil
}

func (o *openAPI) discover(context.Context, *Place) (*gateway.Offer, error) {
	return offered(o.api)
}

// offered is what an OpenAPI document offers.
func offered(api *openapi.API) (*gateway.Offer, error) {
	offer := &gateway.Offer{}
	for _, t := range api.Tools {
		tool := gateway.Tool{Name: t.Name, Description: t.Description}
		var err error
		if tool.Input, err = json.Marshal(t.InputSchema); err != nil {
			return nil, err
		}
		offer.Tools = append(offer.Tools, tool)
	}
	return offer, nil
}

func (o *openAPI) call(ctx context.Context, at *Place, c *Call) (*mcp.CallToolResult, error) {
	r, err := requestOf(ctx, o.api, c)
	if err != nil {
		return nil, err
	}
	status, media, body, err := o.pool.do(at, r)
	if err != nil {
		return nil, err
	}
	return texted(status, media, body), nil
}

// requestOf is the request that a call of an API's tool becomes.
func requestOf(ctx context.Context, api *openapi.API, c *Call) (*http.Request, error) {
	for _, t := range api.Tools {
		if t.Name != c.Tool {
			continue
		}
		input := map[string]json.RawMessage{}
		if len(c.Arguments) > 0 {
			if err := json.Unmarshal(c.Arguments, &input); err != nil {
				return nil, &Error{Message: "The arguments are no JSON object.", Cause: err}
			}
		}
		r, err := t.Request(ctx, input)
		if bad, ok := errors.AsType[*openapi.InputError](err); ok {
			return nil, &Error{Message: "The call cannot be sent: " + bad.Error()}
		}
		return r, err
	}
	return nil, &Error{Message: "The target's document has no operation " + c.Tool + " any more; synchronize the target."}
}

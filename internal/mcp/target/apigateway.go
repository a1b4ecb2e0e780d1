package target

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/gateway"
	"hardpan/internal/openapi"
)

// apiGateway is a REST API of Amazon API Gateway: its stage is exported as an
// OpenAPI document, of which filters and overrides make tools.
type apiGateway struct {
	pool   *Pool
	config types.ApiGatewayTargetConfiguration
}

// invokeAPI is what the gateway's role needs to call an API that is guarded by
// IAM. Source: API Gateway developer guide, execute-api permissions.
const invokeAPI = "execute-api:Invoke"

func (a *apiGateway) discover(ctx context.Context, at *Place) (*gateway.Offer, error) {
	api, err := a.load(ctx, at)
	if err != nil {
		return nil, err
	}
	return offered(api)
}

// load exports the API's stage. A call needs it once for each state of the
// target: synchronizing the target reads it anew.
func (a *apiGateway) load(ctx context.Context, at *Place) (*openapi.API, error) {
	endpoint := orDefault(a.pool.AWS.APIGatewayEndpoint, "https://apigateway."+at.Gateway.Region+".amazonaws.com")
	target := fmt.Sprintf("%s/restapis/%s/stages/%s/exports/oas30", strings.TrimSuffix(endpoint, "/"),
		url.PathEscape(aws.ToString(a.config.RestApiId)), url.PathEscape(aws.ToString(a.config.Stage)))
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if err := a.pool.sign(r, "apigateway", at.Gateway.Region, at); err != nil {
		return nil, err
	}
	status, _, document, err := a.pool.send(r)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, &Error{Message: fmt.Sprintf("Amazon API Gateway answered %d when asked for the stage %s of the API %s.",
			status, aws.ToString(a.config.Stage), aws.ToString(a.config.RestApiId))}
	}
	api, err := openapi.Load(document, openapi.Options{Server: a.invokeURL(at), Choose: a.choose})
	if err != nil {
		return nil, &Error{Message: "The exported API cannot be used: " + err.Error()}
	}
	return api, nil
}

// invokeURL is where the API's stage is called.
func (a *apiGateway) invokeURL(at *Place) string {
	id, stage := aws.ToString(a.config.RestApiId), aws.ToString(a.config.Stage)
	if base := a.pool.AWS.InvokeEndpoint; base != "" {
		return strings.TrimSuffix(base, "/") + "/" + id + "/" + stage
	}
	return "https://" + id + ".execute-api." + at.Gateway.Region + ".amazonaws.com/" + stage
}

// choose applies filters and overrides. An operation needs a filter that takes
// its path and method, and a name of its own or of an override.
func (a *apiGateway) choose(method, path, operationID string) (string, bool) {
	tools := a.config.ApiGatewayToolConfiguration
	if tools == nil {
		return operationID, true
	}
	taken := slices.ContainsFunc(tools.ToolFilters, func(f types.ApiGatewayToolFilter) bool {
		return pathFits(aws.ToString(f.FilterPath), path) && slices.Contains(f.Methods, types.RestApiMethod(method))
	})
	if !taken {
		return "", false
	}
	for _, o := range tools.ToolOverrides {
		if aws.ToString(o.Path) == path && o.Method == types.RestApiMethod(method) {
			return aws.ToString(o.Name), true
		}
	}
	return operationID, true
}

// pathFits matches a filter: a path, or one with /* at its end for all below it.
func pathFits(filter, path string) bool {
	below, all := strings.CutSuffix(filter, "/*")
	return filter == path || all && strings.HasPrefix(path, below+"/")
}

func (a *apiGateway) call(ctx context.Context, at *Place, c *Call) (*mcp.CallToolResult, error) {
	api, err := a.kept(ctx, at)
	if err != nil {
		return nil, err
	}
	r, err := requestOf(ctx, api, c)
	if err != nil {
		return nil, err
	}
	if byRole(at.Target) {
		resource := fmt.Sprintf("arn:%s:execute-api:%s:%s:%s/%s/%s%s", at.Gateway.Partition, at.Gateway.Region, at.Gateway.Account,
			aws.ToString(a.config.RestApiId), aws.ToString(a.config.Stage), r.Method, strings.TrimPrefix(r.URL.Path, stagePath(a.invokeURL(at))))
		if err := a.pool.may(at, invokeAPI, resource); err != nil {
			return nil, err
		}
		if err := a.pool.sign(r, "execute-api", at.Gateway.Region, at); err != nil {
			return nil, err
		}
	}
	status, media, body, err := a.pool.do(at, r)
	if err != nil {
		return nil, err
	}
	return texted(status, media, body), nil
}

// stagePath is the path part of where a stage is called.
func stagePath(invoke string) string {
	at, err := url.Parse(invoke)
	if err != nil {
		return ""
	}
	return at.Path
}

// kept returns the exported API, from the shelf of the gateway's targets.
func (a *apiGateway) kept(ctx context.Context, at *Place) (*openapi.API, error) {
	type read struct {
		api *openapi.API
		err error
	}
	shelf, key := at.Snapshot.Shelf(gateway.KindTarget, at.Target.Within), "apigateway "+at.Target.ID
	r := shelf.Keep(key, func() any {
		api, err := a.load(ctx, at)
		return read{api, err}
	}).(read)
	if r.err != nil { // a failure is not kept: the next call asks again
		return a.load(ctx, at)
	}
	return r.api, nil
}

// byRole reports whether a target is called with the gateway's service role.
func byRole(t *gateway.Target) bool {
	return slices.ContainsFunc(t.Detail.CredentialProviderConfigurations, func(c types.CredentialProviderConfiguration) bool {
		return c.CredentialProviderType == types.CredentialProviderTypeGatewayIamRole
	})
}

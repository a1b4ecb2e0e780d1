package agentcorecontrol

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// maxTargets is how many targets a gateway has at most. AWS's own quota is
// smaller and adjustable.
const maxTargets = 100

// changeable returns a gateway whose targets may be changed.
func changeable(c *op.Call, s *identity.Snapshot, id string) (*gateway.Gateway, error) {
	g, err := findGateway(c, s, id)
	if err != nil {
		return nil, err
	}
	if g.Status() == types.GatewayStatusDeleting || g.Status() == types.GatewayStatusCreating {
		return nil, conflict("The gateway %s is %s. Its targets cannot be changed now.", g.ID, g.State)
	}
	return g, nil
}

// findTarget returns a gateway of the caller's account, and a target of it.
func findTarget(s *identity.Snapshot, g *gateway.Gateway, id string) (*gateway.Target, error) {
	t, ok := gateway.FindTarget(s, g.ID, id)
	if !ok {
		return nil, awserr.NotFound("The gateway %s has no target %s.", g.ID, id)
	}
	return t, nil
}

// shownTarget is a target as AWS shows it.
func shownTarget(t *gateway.Target) *control.GetGatewayTargetOutput {
	out := t.Detail
	out.GatewayArn, out.TargetId, out.Name = aws.String(t.GatewayARN()), &t.ID, &t.Name
	out.Status, out.CreatedAt, out.UpdatedAt = t.Status(), &t.Created, &t.Updated
	if out.CredentialProviderConfigurations == nil { // AWS's model has it always
		out.CredentialProviderConfigurations = []types.CredentialProviderConfiguration{}
	}
	return &out
}

// inList is a target as AWS shows it among others.
func inList(t *gateway.Target) types.GatewayTarget {
	o := shownTarget(t)
	return types.GatewayTarget{
		CreatedAt: o.CreatedAt, CredentialProviderConfigurations: o.CredentialProviderConfigurations, GatewayArn: o.GatewayArn,
		Name: o.Name, Status: o.Status, TargetConfiguration: o.TargetConfiguration, TargetId: o.TargetId, UpdatedAt: o.UpdatedAt,
		Description: o.Description, LastSynchronizedAt: o.LastSynchronizedAt, MetadataConfiguration: o.MetadataConfiguration,
		ProtocolType: o.ProtocolType, StatusReasons: o.StatusReasons,
	}
}

// checkTarget holds what CreateGatewayTarget and UpdateGatewayTarget share
// against the rules.
func checkTarget(in *control.UpdateGatewayTargetInput) error {
	var f faults
	f.required("name", in.Name, targetNameRule)
	f.optional("description", in.Description, descriptionRule)
	if in.TargetConfiguration == nil {
		f.missing("targetConfiguration")
	}
	if err := f.err(); err != nil {
		return err
	}
	switch {
	case in.PrivateEndpoint != nil:
		return notBuilt("privateEndpoint")
	case len(in.CertificateConfigurations) > 0:
		return notBuilt("certificateConfigurations")
	}
	if err := checkForm(in.TargetConfiguration); err != nil {
		return err
	}
	return checkCredentials(in.CredentialProviderConfigurations)
}

// checkForm takes the forms of targets that are built, and refuses the others by
// name.
func checkForm(configuration types.TargetConfiguration) error {
	switch form := configuration.(type) {
	case *types.TargetConfigurationMemberMcp:
		return checkMCPForm(form.Value)
	case *types.TargetConfigurationMemberInference:
		return notBuilt("targetConfiguration.inference")
	case *types.TargetConfigurationMemberHttp:
		switch http := form.Value.(type) {
		case *types.HttpTargetConfigurationMemberPassthrough:
			return checkPassthrough(&http.Value)
		case *types.HttpTargetConfigurationMemberAgentcoreRuntime:
			return notBuilt("targetConfiguration.http.agentcoreRuntime")
		case *types.HttpTargetConfigurationMemberConnector:
			return notBuilt("targetConfiguration.http.connector")
		}
	}
	return awserr.Validation("targetConfiguration names no form of a target.")
}

func checkMCPForm(configuration types.McpTargetConfiguration) error {
	const at = "targetConfiguration.mcp."
	var f faults
	switch form := configuration.(type) {
	case *types.McpTargetConfigurationMemberLambda:
		f.required(at+"lambda.lambdaArn", form.Value.LambdaArn, lambdaRule)
		return firstOf(f.err(), func() error { return checkToolSchema(form.Value.ToolSchema) })
	case *types.McpTargetConfigurationMemberMcpServer:
		f.required(at+"mcpServer.endpoint", form.Value.Endpoint, serverRule)
		oneOf(&f, at+"mcpServer.listingMode", form.Value.ListingMode, form.Value.ListingMode.Values())
		if err := f.err(); err != nil {
			return err
		}
		if form.Value.ListingMode == types.ListingModeDynamic {
			return notBuilt(at + "mcpServer.listingMode DYNAMIC")
		}
		return checkServerSchema(form.Value.McpToolSchema)
	case *types.McpTargetConfigurationMemberOpenApiSchema:
		return checkOpenAPI(form.Value)
	case *types.McpTargetConfigurationMemberApiGateway:
		f.required(at+"apiGateway.restApiId", form.Value.RestApiId, idRule)
		f.required(at+"apiGateway.stage", form.Value.Stage, idRule)
		if c := form.Value.ApiGatewayToolConfiguration; c == nil || len(c.ToolFilters) == 0 {
			f.missing(at + "apiGateway.apiGatewayToolConfiguration.toolFilters")
		}
		return f.err()
	case *types.McpTargetConfigurationMemberSmithyModel:
		return notBuilt(at + "smithyModel")
	case *types.McpTargetConfigurationMemberConnector:
		return notBuilt(at + "connector")
	}
	return awserr.Validation("targetConfiguration.mcp names no form of a target.")
}

func firstOf(err error, then func() error) error {
	if err != nil {
		return err
	}
	return then()
}

func checkPassthrough(p *types.PassthroughTargetConfiguration) error {
	const at = "targetConfiguration.http.passthrough."
	var f faults
	f.required(at+"endpoint", p.Endpoint, urlRule)
	if p.ProtocolType == "" {
		f.missing(at + "protocolType")
	}
	oneOf(&f, at+"protocolType", p.ProtocolType, p.ProtocolType.Values())
	if err := f.err(); err != nil {
		return err
	}
	if p.StickinessConfiguration != nil {
		return notBuilt(at + "stickinessConfiguration")
	}
	return nil
}

// targetType names a target's form in lists.
func targetType(t *gateway.Target) types.TargetType {
	switch t.MCP().(type) {
	case *types.McpTargetConfigurationMemberLambda:
		return types.TargetTypeLambda
	case *types.McpTargetConfigurationMemberMcpServer:
		return types.TargetTypeMcpServer
	case *types.McpTargetConfigurationMemberOpenApiSchema:
		return types.TargetTypeOpenApiSchema
	case *types.McpTargetConfigurationMemberApiGateway:
		return types.TargetTypeApiGateway
	}
	if t.Passthrough() != nil {
		return types.TargetTypePassthrough
	}
	return ""
}

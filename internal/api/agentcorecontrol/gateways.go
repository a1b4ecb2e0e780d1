package agentcorecontrol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// maxGateways is how many gateways an account has at most in a region. AWS's
// own quota is smaller and adjustable.
const maxGateways = 1000

// findGateway returns a gateway of the caller's account and region.
func findGateway(c *op.Call, s *identity.Snapshot, id string) (*gateway.Gateway, error) {
	g, ok := gateway.Find(s, c.Region, id)
	if !ok {
		return nil, awserr.NotFound("There is no gateway %s in %s.", id, c.Region)
	}
	return g, nil
}

// shown is a gateway as AWS shows it.
func (s *Service) shown(g *gateway.Gateway) *control.GetGatewayOutput {
	out := g.Detail
	out.GatewayArn, out.GatewayId, out.Name = aws.String(g.ARN()), &g.ID, &g.Name
	out.Status, out.CreatedAt, out.UpdatedAt = g.Status(), &g.Created, &g.Updated
	out.GatewayUrl = aws.String(s.GatewayURL(g))
	out.WorkloadIdentityDetails = &types.WorkloadIdentityDetails{WorkloadIdentityArn: aws.String("arn:" + g.Partition + ":bedrock-agentcore:" +
		g.Region + ":" + g.Account + ":workload-identity-directory/default/workload-identity/" + g.ID)}
	return &out
}

// checkGateway holds what CreateGateway and UpdateGateway share against the rules.
func checkGateway(in *control.UpdateGatewayInput) error {
	var f faults
	f.required("name", in.Name, gatewayNameRule)
	f.required("roleArn", in.RoleArn, roleRule)
	f.optional("description", in.Description, descriptionRule)
	if in.AuthorizerType == "" {
		f.missing("authorizerType")
	}
	oneOf(&f, "authorizerType", in.AuthorizerType, in.AuthorizerType.Values())
	oneOf(&f, "protocolType", in.ProtocolType, in.ProtocolType.Values())
	oneOf(&f, "exceptionLevel", in.ExceptionLevel, in.ExceptionLevel.Values())
	if e := in.PolicyEngineConfiguration; e != nil {
		f.required("policyEngineConfiguration.arn", e.Arn, resourceRule)
		if e.Mode == "" {
			f.missing("policyEngineConfiguration.mode")
		}
		oneOf(&f, "policyEngineConfiguration.mode", e.Mode, e.Mode.Values())
	}
	if mcp, ok := in.ProtocolConfiguration.(*types.GatewayProtocolConfigurationMemberMcp); ok {
		checkMCP(&f, &mcp.Value)
	}
	if jwt, ok := in.AuthorizerConfiguration.(*types.AuthorizerConfigurationMemberCustomJWTAuthorizer); ok {
		f.required("authorizerConfiguration.customJWTAuthorizer.discoveryUrl", jwt.Value.DiscoveryUrl, discoveryRule)
	}
	if err := f.err(); err != nil {
		return err
	}
	if err := unbuiltOfGateway(in); err != nil {
		return err
	}
	return checkAuthorizer(in.AuthorizerType, in.AuthorizerConfiguration)
}

// supportedVersions are the protocol versions that gateways speak.
var supportedVersions = []string{"2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"}

func checkMCP(f *faults, m *types.MCPGatewayConfiguration) {
	const at = "protocolConfiguration.mcp."
	for _, v := range m.SupportedVersions {
		if !slices.Contains(supportedVersions, v) {
			f.add("Value '%s' at '%ssupportedVersions' failed to satisfy constraint: Member must satisfy enum value set: %v", shorten(v), at, supportedVersions)
		}
	}
	oneOf(f, at+"searchType", m.SearchType, m.SearchType.Values())
	if m.SessionConfiguration != nil && m.SessionConfiguration.SessionTimeoutInSeconds != nil {
		if n := *m.SessionConfiguration.SessionTimeoutInSeconds; n < 900 || n > 28800 {
			f.add("Value '%d' at '%ssessionConfiguration.sessionTimeoutInSeconds' failed to satisfy constraint: Member must be between 900 and 28800", n, at)
		}
	}
}

// unbuiltOfGateway refuses by name what Hardpan would not apply.
func unbuiltOfGateway(in *control.UpdateGatewayInput) error {
	switch {
	case in.AuthorizerType == types.AuthorizerTypeAuthenticateOnly:
		return notBuilt("authorizerType AUTHENTICATE_ONLY")
	case len(in.InterceptorConfigurations) > 0:
		return notBuilt("interceptorConfigurations")
	case in.KmsKeyArn != nil:
		return notBuilt("kmsKeyArn")
	case in.CustomTransformConfiguration != nil:
		return notBuilt("customTransformConfiguration")
	case in.WafConfiguration != nil:
		return notBuilt("wafConfiguration")
	}
	if jwt, ok := in.AuthorizerConfiguration.(*types.AuthorizerConfigurationMemberCustomJWTAuthorizer); ok {
		switch {
		case jwt.Value.AllowedWorkloadConfiguration != nil:
			return notBuilt("customJWTAuthorizer.allowedWorkloadConfiguration")
		case jwt.Value.PrivateEndpoint != nil, len(jwt.Value.PrivateEndpointOverrides) > 0:
			return notBuilt("customJWTAuthorizer.privateEndpoint")
		}
	}
	return nil
}

// checkAuthorizer: rules for tokens go with CUSTOM_JWT, and with nothing else.
// The first text is AWS's (observed).
func checkAuthorizer(kind types.AuthorizerType, configuration types.AuthorizerConfiguration) error {
	switch {
	case kind == types.AuthorizerTypeCustomJwt && configuration == nil:
		return awserr.Validation("AuthorizerConfiguration is required for CUSTOM_JWT authorizer type")
	case kind != types.AuthorizerTypeCustomJwt && configuration != nil:
		return awserr.Validation("AuthorizerConfiguration is not allowed for %s authorizer type", kind)
	}
	return nil
}

// checkRole refuses a role that the gateway could not use.
func checkRole(s *identity.Snapshot, roleARN, gatewayARN string) error {
	e, _ := s.Find(roleARN)
	role, ok := e.(*identity.Role)
	if !ok {
		return awserr.Validation("The role %s does not exist in this account. Make it, or name another.", roleARN)
	}
	if !gateway.Trusts(s, role, gatewayARN) {
		return awserr.Validation("The service %s is not authorized to assume the role %s. Its trust policy has to allow sts:AssumeRole to that service, "+
			"for aws:SourceArn %s if it names one.", gateway.ServicePrincipal, roleARN, gatewayARN)
	}
	return nil
}

// attach looks at the engine that a gateway is to have. The reasons say what the
// gateway's role lacks; they are for the answer's statusReasons.
func (s *Service) attach(c *op.Call, state *identity.Snapshot, g *gateway.Gateway) (reasons []string, err error) {
	engineARN, _ := g.Engine()
	if engineARN == "" {
		return nil, nil
	}
	a, err := arn.Parse(engineARN)
	if id, ok := strings.CutPrefix(a.Resource, "policy-engine/"); err == nil && ok {
		e, found := gateway.FindEngine(state, c.Region, id)
		if found && e.ARN() == engineARN && e.Status() != types.PolicyEngineStatusDeleting {
			return s.preflight(c, state, g, e)
		}
	}
	return nil, awserr.NotFound("There is no policy engine %s in %s.", engineARN, c.Region)
}

func (s *Service) preflight(c *op.Call, state *identity.Snapshot, g *gateway.Gateway, e *gateway.Engine) ([]string, error) {
	found := gateway.CheckEngine(state, g.ARN(), g.Region, aws.ToString(g.Detail.RoleArn), e.ARN(), c.Time)
	if found.Ready() {
		return nil, nil
	}
	var reasons []string
	if found.Problem != "" {
		reasons = append(reasons, found.Problem)
	}
	for _, l := range found.Missing {
		// The sentence is AWS's (reported by users of the newer preflight).
		reasons = append(reasons, fmt.Sprintf("Policy Engine '%s' does not have the required permissions. %s", e.ID, l.Message))
	}
	if s.RefuseUnready {
		return nil, awserr.Validation("%s", strings.Join(reasons, "; "))
	}
	return reasons, nil
}

package hardpan

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/wire/rest"
)

// AWS attaches a policy engine with UpdateGateway, and the gateway's service role
// is then found wanting by clients. This says first what the role lacks, and can
// add it together with the engine, in one transaction. It is checked on what the
// calls would be that do the same: bedrock-agentcore:UpdateGateway,
// iam:PassRole, and iam:PutRolePolicy to grant.

// AttachPolicyEngineInput says which engine a gateway is to have.
type AttachPolicyEngineInput struct {
	GatewayID *string // id of the gateway
	Engine    *string // ARN of the policy engine
	Mode      *string // ENFORCE, the default, or LOG_ONLY
	Grant     *bool   // add what the role lacks to it, as an inline policy
	DryRun    *bool   // only say what would be; nothing is changed
}

// AttachPolicyEngineOutput is what was done, and what the role lacks now.
type AttachPolicyEngineOutput struct {
	Gateway  string // ARN
	Engine   string // ARN
	Mode     string
	Role     string // ARN of the gateway's service role
	Attached bool
	Granted  bool   // Policy was added to the role, as the inline policy PolicyName
	Problem  string // with the role itself
	Missing  []MissingPermission
	Policy   string // the document that was added, or would have to be

	PolicyName string
}

// MissingPermission is something that a role is not allowed and has to be.
type MissingPermission struct {
	Action   string
	Resource string
	Explicit bool // a statement denies it: an Allow more changes nothing
	Message  string
}

var _ = op.Add(&table, (*Service).attachPolicyEngine, op.Rule[AttachPolicyEngineInput]{
	Action: "bedrock-agentcore:UpdateGateway", Access: op.Write,
	Schema: rest.Operation("AttachPolicyEngine", "PUT", "/gateways/{gatewayID}/policy-engine", 200, AttachPolicyEngineInput{}, AttachPolicyEngineOutput{}),
	Checks: attachChecks,
})

func attachChecks(c *op.Call, in *AttachPolicyEngineInput) ([]op.Check, error) {
	if mode := types.GatewayPolicyEngineMode(aws.ToString(in.Mode)); mode != "" && mode != types.GatewayPolicyEngineModeEnforce && mode != types.GatewayPolicyEngineModeLogOnly {
		return nil, awserr.Validation("The mode of a policy engine is ENFORCE or LOG_ONLY, not %q.", mode)
	}
	if aws.ToString(in.Engine) == "" {
		return nil, awserr.Validation("The call names no policy engine.")
	}
	update := op.Check{
		Action: "bedrock-agentcore:UpdateGateway", Region: c.Region, Keys: c.ChildKeys(),
		Resource: "arn:" + c.Partition + ":bedrock-agentcore:" + c.Region + ":" + c.Account + ":gateway/" + *in.GatewayID,
	}
	s, ok := c.Directory.Account(c.Account)
	if !ok {
		return []op.Check{update}, nil
	}
	g, ok := gateway.Find(s, c.Region, *in.GatewayID)
	if !ok {
		return []op.Check{update}, nil // that there is none is said to who may update it
	}
	for _, t := range g.Tags {
		update.Keys.Set("aws:ResourceTag/"+t.Key, "resource", t.Value)
	}
	passed := op.Check{Action: "iam:PassRole", Resource: aws.ToString(g.Detail.RoleArn), Region: c.Region, Keys: c.ChildKeys()}
	passed.Keys.Set("iam:PassedToService", "request", gateway.ServicePrincipal)
	checks := []op.Check{update, passed}
	if aws.ToBool(in.Grant) {
		checks = append(checks, grantCheck(c, s, passed.Resource))
	}
	return checks, nil
}

// grantCheck is the check of iam:PutRolePolicy on a role.
func grantCheck(c *op.Call, s *identity.Snapshot, roleARN string) op.Check {
	check := op.Check{Action: "iam:PutRolePolicy", Resource: roleARN, Region: c.Region, Keys: c.ChildKeys()}
	found, _ := s.Find(roleARN)
	role, ok := found.(*identity.Role)
	if !ok {
		return check
	}
	for _, t := range role.Tags {
		check.Keys.Set("aws:ResourceTag/"+t.Key, "resource", t.Value)
		check.Keys.Set("iam:ResourceTag/"+t.Key, "resource", t.Value)
	}
	if role.Boundary != "" {
		check.Keys.Set("iam:PermissionsBoundary", "resource", role.Boundary)
	}
	return check
}

func (s *Service) attachPolicyEngine(ctx context.Context, c *op.Call, in *AttachPolicyEngineInput) (*AttachPolicyEngineOutput, error) {
	var out *AttachPolicyEngineOutput
	err := s.DB.Write(ctx, c.Account, c.Time, func(tx *store.Tx) error {
		a, err := findAttachment(c, tx.State(), in)
		if err != nil {
			return err
		}
		if aws.ToBool(in.DryRun) {
			out = a.describe(a.check(c, tx.State()))
			return nil
		}
		out, err = a.attach(c, tx, aws.ToBool(in.Grant))
		return err
	})
	return out, err
}

// attachment is an engine and the gateway that is to have it.
type attachment struct {
	gateway *gateway.Gateway
	engine  *gateway.Engine
	mode    types.GatewayPolicyEngineMode
}

func findAttachment(c *op.Call, s *identity.Snapshot, in *AttachPolicyEngineInput) (*attachment, error) {
	g, ok := gateway.Find(s, c.Region, *in.GatewayID)
	if !ok {
		return nil, awserr.NotFound("There is no gateway %s in %s.", *in.GatewayID, c.Region)
	}
	e, ok := gateway.FindEngine(s, c.Region, (*in.Engine)[strings.LastIndexByte(*in.Engine, '/')+1:])
	if !ok || e.ARN() != *in.Engine {
		return nil, awserr.NotFound("There is no policy engine %s in %s.", *in.Engine, c.Region)
	}
	if !g.Serves() || g.Unfinished() {
		return nil, awserr.New("ConflictException", http.StatusConflict, "The gateway %s is %s. Wait until that is done.", g.ID, g.State)
	}
	mode := types.GatewayPolicyEngineMode(aws.ToString(in.Mode))
	if mode == "" {
		mode = types.GatewayPolicyEngineModeEnforce
	}
	return &attachment{g, e, mode}, nil
}

func (a *attachment) check(c *op.Call, s *identity.Snapshot) *gateway.Preflight {
	return gateway.CheckEngine(s, a.gateway.ARN(), a.gateway.Region, aws.ToString(a.gateway.Detail.RoleArn), a.engine.ARN(), c.Time)
}

// attach puts the engine in place and, if grant is set, what the role lacks: all
// of it, or nothing.
func (a *attachment) attach(c *op.Call, tx *store.Tx, grant bool) (*AttachPolicyEngineOutput, error) {
	found := a.check(c, tx.State())
	added := ""
	if grant && len(found.Missing) > 0 {
		if found.Policy == "" {
			return nil, awserr.Validation("A policy denies %s on %s to the role %s, so that adding an Allow would change nothing. Take the deny away.",
				found.Missing[0].Action, found.Missing[0].Resource, found.Role)
		}
		var err error
		if added, err = a.grant(c, tx, found); err != nil {
			return nil, err
		}
		if found = a.check(c, tx.State()); len(found.Missing) > 0 {
			return nil, awserr.Validation("With the policy added, the role %s may still not do %s on %s: %s. Nothing was changed.",
				found.Role, found.Missing[0].Action, found.Missing[0].Resource, found.Missing[0].Message)
		}
	}
	g := *a.gateway
	g.Detail.PolicyEngineConfiguration = &types.GatewayPolicyEngineConfiguration{Arn: aws.String(a.engine.ARN()), Mode: a.mode}
	g.Updated, g.Detail.StatusReasons = tx.Now, nil
	if err := tx.Put(&g); err != nil {
		return nil, err
	}
	out := a.describe(found)
	out.Attached, out.Granted = true, added != ""
	if out.Granted {
		out.Policy = added
	}
	return out, nil
}

// policyName is the inline policy that is added to a role for an engine at a
// gateway, of at most 128 characters.
func (a *attachment) policyName() string { return "Engine-" + a.engine.ID + "-" + a.gateway.ID }

// maxInline is how many characters the inline policies of a role have at most.
// Source: IAM User Guide, IAM and AWS STS quotas.
const maxInline = 10240

// grant gives the role what it lacks, in place of what was granted for this
// engine and gateway before, and returns the document.
func (a *attachment) grant(c *op.Call, tx *store.Tx, found *gateway.Preflight) (document string, err error) {
	e, _ := tx.State().Find(found.Role)
	old, ok := e.(*identity.Role)
	switch {
	case !ok:
		return "", awserr.Validation("%s.", found.Problem)
	case strings.HasPrefix(old.Path, "/aws-service-role/"):
		return "", awserr.New("ConflictException", http.StatusConflict, "The role %s is a service-linked role, whose policies cannot be changed. Give the gateway a role of its own.", found.Role)
	}
	role := *old
	role.Inline = slices.DeleteFunc(slices.Clone(old.Inline), func(p identity.InlinePolicy) bool { return p.Name == a.policyName() })
	if err := tx.Put(&role); err != nil {
		return "", err
	}
	document = a.check(c, tx.State()).Policy
	size := len(document)
	for _, p := range role.Inline {
		size += len(p.Document)
	}
	if size > maxInline {
		return "", awserr.New("LimitExceededException", http.StatusConflict,
			"The inline policies of the role %s would have more than %d characters. Attach the policy as a managed one: %s", found.Role, maxInline, document)
	}
	role.Inline = append(role.Inline, identity.InlinePolicy{Name: a.policyName(), Document: document})
	return document, tx.Put(&role)
}

func (a *attachment) describe(found *gateway.Preflight) *AttachPolicyEngineOutput {
	out := &AttachPolicyEngineOutput{
		Gateway: found.Gateway, Engine: found.Engine, Mode: string(a.mode), Role: found.Role, Problem: found.Problem,
		Missing: []MissingPermission{}, Policy: found.Policy, PolicyName: a.policyName(),
	}
	for _, l := range found.Missing {
		out.Missing = append(out.Missing, MissingPermission{Action: l.Action, Resource: l.Resource, Explicit: l.Explicit, Message: l.Message})
	}
	return out
}

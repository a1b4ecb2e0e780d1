package agentcorecontrol

import (
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cedarlang "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// findPolicy returns a policy of an engine.
func findPolicy(s *identity.Snapshot, e *gateway.Engine, id string) (*gateway.Policy, error) {
	p, ok := gateway.FindPolicy(s, e.ID, id)
	if !ok {
		return nil, awserr.NotFound("The policy engine %s has no policy %s.", e.ID, id)
	}
	return p, nil
}

// policyNow is findPolicy as of now.
func policyNow(c *op.Call, engineID, id string) (*gateway.Policy, error) {
	e, now, err := engineNow(c, engineID)
	if err != nil {
		return nil, err
	}
	return findPolicy(now, e, id)
}

// shownPolicy is a policy as AWS shows it: what is proposed, until there was
// something in force.
func shownPolicy(p *gateway.Policy) *control.GetPolicyOutput {
	out := p.Detail
	out.PolicyArn, out.PolicyId, out.PolicyEngineId, out.Name = aws.String(p.ARN()), &p.ID, &p.Within, &p.Name
	out.Status, out.CreatedAt, out.UpdatedAt = p.Status(), &p.Created, &p.Updated
	out.StatusReasons = reasons(out.StatusReasons)
	if out.Definition == nil && p.Next != nil {
		out.Definition = p.Next.Definition()
	}
	return &out
}

// statementOf reads a definition. Policy generation is not built.
func statementOf(d types.PolicyDefinition) (*gateway.Proposal, error) {
	var given *string
	next := &gateway.Proposal{}
	switch d := d.(type) {
	case *types.PolicyDefinitionMemberCedar:
		given = d.Value.Statement
	case *types.PolicyDefinitionMemberPolicy:
		given, next.Dogwood = d.Value.Statement, true
	case *types.PolicyDefinitionMemberPolicyGeneration:
		return nil, notBuilt("definition.policyGeneration")
	default:
		return nil, awserr.Validation("1 validation error detected: Value null at 'definition' failed to satisfy constraint: Member must not be null")
	}
	var f faults
	f.required("definition.statement", given, statementRule)
	if err := f.err(); err != nil {
		return nil, err
	}
	next.Statement = *given
	return next, nil
}

// scope returns the ARN of the gateway that a statement names in its head, or "".
func scope(statement string) string {
	var list cedarlang.PolicyList
	if err := list.UnmarshalCedar([]byte(statement)); err != nil || len(list) != 1 {
		return "" // what is wrong is found when it is validated
	}
	if named, ok := (*ast.Policy)(list[0].AST()).Resource.(ast.ScopeTypeEq); ok {
		return string(named.Entity.ID)
	}
	return ""
}

// scoped yields the policies of an engine after a name, if resource is given
// those only whose head names it.
func scoped(s *identity.Snapshot, e *gateway.Engine, resource *string) func(after string) iter.Seq[*gateway.Policy] {
	return func(after string) iter.Seq[*gateway.Policy] {
		return func(yield func(*gateway.Policy) bool) {
			for p := range gateway.Policies(s, e.ID, after) {
				if resource != nil {
					if text, _ := p.Statement(); scope(text) != *resource {
						continue
					}
				}
				if !yield(p) {
					return
				}
			}
		}
	}
}

// Who writes a policy about one gateway needs ManageResourceScopedPolicy, who
// writes one about all of them ManageAdminPolicy; both are permissions without
// an operation. Which resource AWS checks them on is not known: it is enough to
// have them on the engine, its policies or the gateway.
// Source: AgentCore developer guide, permissions for policy authors.
func authorChecks(c *op.Call, engineID *string, statement string) []op.Check {
	action, resources := "ManageAdminPolicy", []string{"policy-engine/" + *engineID, "policy-engine/" + *engineID + "/policy/*"}
	if gatewayARN := scope(statement); gatewayARN != "" {
		action = "ManageResourceScopedPolicy"
		if _, local, ok := strings.Cut(gatewayARN, ":"+c.Account+":"); ok {
			resources = append(resources, local)
		}
	}
	checks := make([]op.Check, len(resources))
	for i, r := range resources {
		checks[i] = on(c, action, r, engineTags(c, *engineID))
		checks[i].Any = 1
	}
	return checks
}

// refusal says why the caller may not have a policy about a gateway: who writes
// one must be able to invoke the gateway. It is told later, as CREATE_FAILED,
// in AWS's words (AgentCore developer guide).
func refusal(c *op.Call, statement string) string {
	gatewayARN := scope(statement)
	if gatewayARN == "" {
		return ""
	}
	id := gatewayARN[strings.LastIndexByte(gatewayARN, '/')+1:]
	check := on(c, "InvokeGateway", "gateway/"+id, gatewayTags(c, id))
	check.Resource = gatewayARN
	if c.May(check) {
		return ""
	}
	return "Insufficient permissions to call gateway with ID " + id
}

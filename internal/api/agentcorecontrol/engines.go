package agentcorecontrol

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// Limits of policy engines. Source: AgentCore developer guide, policy limitations.
const (
	maxEngines  = 1000 // of an account
	maxPolicies = 1000 // of an engine
)

// findEngine returns a policy engine of the caller's account and region.
func findEngine(c *op.Call, s *identity.Snapshot, id string) (*gateway.Engine, error) {
	e, ok := gateway.FindEngine(s, c.Region, id)
	if !ok {
		return nil, awserr.NotFound("There is no policy engine %s in %s.", id, c.Region)
	}
	return e, nil
}

// engineNow is findEngine as of now, with the state that it is of.
func engineNow(c *op.Call, id string) (*gateway.Engine, *identity.Snapshot, error) {
	now, err := state(c)
	if err != nil {
		return nil, nil, err
	}
	e, err := findEngine(c, now, id)
	return e, now, err
}

// shownEngine is an engine as AWS shows it.
func shownEngine(e *gateway.Engine) *control.GetPolicyEngineOutput {
	out := e.Detail
	out.PolicyEngineArn, out.PolicyEngineId, out.Name = aws.String(e.ARN()), &e.ID, &e.Name
	out.Status, out.CreatedAt, out.UpdatedAt = e.Status(), &e.Created, &e.Updated
	out.StatusReasons = reasons(out.StatusReasons)
	return &out
}

// reasons is a list that AWS's model has always.
func reasons(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

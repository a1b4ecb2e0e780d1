package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// An update that changes the statement is validated first. Until then, and if
// it fails, what was there before stays in force; what AWS does meanwhile is not
// known.

var _ = op.Add(&table, (*Service).updatePolicy, op.Rule[control.UpdatePolicyInput]{
	Action: "bedrock-agentcore:UpdatePolicy", Access: op.Write,
	Schema: schema(schemas.UpdatePolicy, schemas.UpdatePolicyRequest, schemas.UpdatePolicyResponse),
	Checks: func(c *op.Call, in *control.UpdatePolicyInput) ([]op.Check, error) {
		var f faults
		oneOf(&f, "validationMode", in.ValidationMode, in.ValidationMode.Values())
		oneOf(&f, "enforcementMode", in.EnforcementMode, in.EnforcementMode.Values())
		f.required("policyId", in.PolicyId, idRule)
		if in.Description != nil {
			f.optional("description.optionalValue", in.Description.OptionalValue, descriptionRule)
		}
		if err := f.err(); err != nil {
			return nil, err
		}
		checks, err := onEngine(c, "UpdatePolicy", in.PolicyEngineId, in.PolicyId)
		if err != nil || in.Definition == nil {
			return checks, err
		}
		next, err := statementOf(in.Definition)
		if err != nil {
			return nil, err
		}
		return append(checks, authorChecks(c, in.PolicyEngineId, next.Statement)...), nil
	},
})

func (s *Service) updatePolicy(ctx context.Context, c *op.Call, in *control.UpdatePolicyInput) (*control.UpdatePolicyOutput, error) {
	var next *gateway.Proposal
	if in.Definition != nil {
		var err error
		if next, err = statementOf(in.Definition); err != nil {
			return nil, err
		}
		next.Refused = refusal(c, next.Statement)
		next.Lenient = in.ValidationMode == types.PolicyValidationModeIgnoreAllFindings
	}
	var out *control.GetPolicyOutput
	err := s.write(ctx, c, func(tx *store.Tx) error {
		e, err := findEngine(c, tx.State(), *in.PolicyEngineId)
		if err != nil {
			return err
		}
		old, err := findPolicy(tx.State(), e, *in.PolicyId)
		if err != nil {
			return err
		}
		if !old.InForce() || old.Unfinished() {
			return conflict("The policy %s is %s. It can be changed when it is ACTIVE; delete it if it failed.", old.ID, old.State)
		}
		p := *old
		p.Next, p.State, p.Updated, p.Detail.StatusReasons = next, string(types.PolicyStatusUpdating), c.Time, nil
		if in.Description != nil {
			p.Detail.Description = in.Description.OptionalValue
		}
		if in.EnforcementMode != "" {
			p.Detail.EnforcementMode = in.EnforcementMode
		}
		out = shownPolicy(&p)
		return tx.Put(&p)
	})
	return (*control.UpdatePolicyOutput)(out), err
}

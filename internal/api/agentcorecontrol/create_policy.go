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

var _ = op.Add(&table, (*Service).createPolicy, op.Rule[control.CreatePolicyInput]{
	Action: "bedrock-agentcore:CreatePolicy", Access: op.Write,
	Schema: schema(schemas.CreatePolicy, schemas.CreatePolicyRequest, schemas.CreatePolicyResponse),
	Checks: func(c *op.Call, in *control.CreatePolicyInput) ([]op.Check, error) {
		var f faults
		f.required("name", in.Name, engineNameRule)
		f.optional("description", in.Description, descriptionRule)
		f.optional("clientToken", in.ClientToken, tokenRule)
		oneOf(&f, "validationMode", in.ValidationMode, in.ValidationMode.Values())
		oneOf(&f, "enforcementMode", in.EnforcementMode, in.EnforcementMode.Values())
		f.required("policyEngineId", in.PolicyEngineId, idRule)
		if err := f.err(); err != nil {
			return nil, err
		}
		next, err := statementOf(in.Definition)
		if err != nil {
			return nil, err
		}
		create := on(c, "CreatePolicy", "policy-engine/"+*in.PolicyEngineId+"/policy/*", engineTags(c, *in.PolicyEngineId))
		return append([]op.Check{create}, authorChecks(c, in.PolicyEngineId, next.Statement)...), nil
	},
})

func (s *Service) createPolicy(ctx context.Context, c *op.Call, in *control.CreatePolicyInput) (*control.CreatePolicyOutput, error) {
	next, err := statementOf(in.Definition)
	if err != nil {
		return nil, err
	}
	next.Lenient = in.ValidationMode == types.PolicyValidationModeIgnoreAllFindings
	next.Refused = refusal(c, next.Statement)
	made := &gateway.Policy{
		Meta: newMeta(c, *in.PolicyEngineId, gateway.NewEngineID(*in.Name), in.Name, in.ClientToken, string(types.PolicyStatusCreating)),
		Next: next,
	}
	made.Detail.Description, made.Detail.EnforcementMode = in.Description, modeOr(in.EnforcementMode)
	err = s.write(ctx, c, func(tx *store.Tx) error {
		e, err := findEngine(c, tx.State(), *in.PolicyEngineId)
		if err != nil {
			return err
		}
		if e.Status() != types.PolicyEngineStatusActive {
			return conflict("The policy engine %s is %s. It takes policies when it is ACTIVE.", e.ID, e.State)
		}
		before, err := madeBefore(tx.State(), made, maxPolicies)
		switch {
		case err != nil:
			return err
		case before != nil:
			made = before.(*gateway.Policy)
			return nil
		}
		return tx.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return (*control.CreatePolicyOutput)(shownPolicy(made)), nil
}

// modeOr is a policy's own mode, ACTIVE unless it is said.
func modeOr(mode types.EnforcementMode) types.EnforcementMode {
	if mode == "" {
		return types.EnforcementModeActive
	}
	return mode
}

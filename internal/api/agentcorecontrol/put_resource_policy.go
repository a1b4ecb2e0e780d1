package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/policy"
)

var _ = op.Add(&table, (*Service).putResourcePolicy, op.Rule[control.PutResourcePolicyInput]{
	Action: "bedrock-agentcore:PutResourcePolicy", Access: op.Permissions,
	Schema: schema(schemas.PutResourcePolicy, schemas.PutResourcePolicyRequest, schemas.PutResourcePolicyResponse),
	Checks: func(c *op.Call, in *control.PutResourcePolicyInput) ([]op.Check, error) {
		if err := checkDocument(in.Policy); err != nil {
			return nil, err
		}
		return onResourcePolicy(c, "PutResourcePolicy", in.ResourceArn)
	},
})

// checkDocument refuses what is no resource policy.
func checkDocument(document *string) error {
	var f faults
	if document == nil {
		f.missing("policy")
	} else if len(*document) > maxPolicyBytes {
		f.add("Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to %d", maxPolicyBytes)
	}
	if err := f.err(); err != nil {
		return err
	}
	doc, err := policy.Parse([]byte(*document))
	if err != nil {
		return awserr.Validation("The policy is malformed: %v.", err)
	}
	if err := policy.Validate(doc, policy.Resource); err != nil {
		return awserr.Validation("The policy is malformed: %v.", err)
	}
	return nil
}

func (s *Service) putResourcePolicy(ctx context.Context, c *op.Call, in *control.PutResourcePolicyInput) (*control.PutResourcePolicyOutput, error) {
	err := s.write(ctx, c, func(tx *store.Tx) error {
		a, err := arn.Parse(*in.ResourceArn)
		if err != nil {
			return err
		}
		if _, err := policied(tx.State(), a); err != nil {
			return err
		}
		p, err := policyOf(tx.State(), c.Region, *in.ResourceArn)
		if err != nil {
			p = &gateway.ResourcePolicy{Meta: newMeta(c, c.Region, gateway.NewEngineID("rp"), in.ResourceArn, nil, "")}
		}
		next := *p
		next.Document, next.Updated = *in.Policy, c.Time
		return tx.Put(&next)
	})
	if err != nil {
		return nil, err
	}
	return &control.PutResourcePolicyOutput{Policy: in.Policy}, nil
}

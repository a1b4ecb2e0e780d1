package iam

import (
	"context"
	"fmt"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/policy"
	"hardpan/policy/eval"
)

var (
	_ = op.Add(&table, (*Service).getContextKeysForCustomPolicy, rule("iam:GetContextKeysForCustomPolicy", op.Read,
		func(p *plan, in *awsiam.GetContextKeysForCustomPolicyInput) {
			p.some("policyInputList", len(in.PolicyInputList))
			p.on("*")
		}))
	_ = op.Add(&table, (*Service).getContextKeysForPrincipalPolicy, rule("iam:GetContextKeysForPrincipalPolicy", op.Read,
		func(p *plan, in *awsiam.GetContextKeysForPrincipalPolicyInput) { p.source(in.PolicySourceArn) }))
)

func (s *Service) getContextKeysForCustomPolicy(_ context.Context, _ *op.Call, in *awsiam.GetContextKeysForCustomPolicyInput) (*awsiam.GetContextKeysForCustomPolicyOutput, error) {
	set, err := withInput(nil, in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	return &awsiam.GetContextKeysForCustomPolicyOutput{ContextKeyNames: contextKeys(set)}, nil
}

func (s *Service) getContextKeysForPrincipalPolicy(_ context.Context, c *op.Call, in *awsiam.GetContextKeysForPrincipalPolicyInput) (*awsiam.GetContextKeysForPrincipalPolicyOutput, error) {
	subject, _, err := s.entity(c, *in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	set, err := withInput(subject.Identity, in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	return &awsiam.GetContextKeysForPrincipalPolicyOutput{ContextKeyNames: contextKeys(set, subject.Boundary)}, nil
}

// withInput adds the policies of the input to a set.
func withInput(set *eval.Set, texts []string) (*eval.Set, error) {
	for i, text := range texts {
		p, err := inputPolicy(text, policy.Identity, eval.LayerIdentity, fmt.Sprintf("PolicyInputList.%d", i+1))
		if err != nil {
			return nil, err
		}
		set = set.With(p)
	}
	return set, nil
}

package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/policy"
)

// CreatePolicy with tags needs iam:TagPolicy too. A policy's name is unique in
// the account, whatever its path.

// maxManaged is the longest managed policy, in characters without white space
// (IAM and AWS STS quotas).
const maxManaged = 6144

var _ = op.Add(&table, (*Service).createPolicy, rule("iam:CreatePolicy", op.Permissions,
	func(p *plan, in *awsiam.CreatePolicyInput) {
		p.required("policyName", in.PolicyName, policyNameRule)
		p.required("policyDocument", in.PolicyDocument, documentRule)
		p.text("description", in.Description, policyDescriptionRule)
		p.create("policy", in.Path, in.PolicyName)
		p.newTags(in.Tags, "iam:TagPolicy")
	}))

func (s *Service) createPolicy(ctx context.Context, c *op.Call, in *awsiam.CreatePolicyInput) (*awsiam.CreatePolicyOutput, error) {
	var shown *types.Policy
	err := s.write(ctx, c, func(tx *store.Tx) (err error) {
		if _, taken := tx.State().PolicyByName(*in.PolicyName); taken {
			return policyNameTaken(*in.PolicyName)
		}
		if err := checkManaged(*in.PolicyDocument); err != nil {
			return err
		}
		made := &identity.ManagedPolicy{
			Scope: tx.State().Account().Scope, ID: identity.NewPolicyID(), Name: *in.PolicyName, Path: orRoot(in.Path),
			Description: aws.ToString(in.Description), Created: tx.Now, Updated: tx.Now, Default: "v1", Latest: 1,
			Versions: []identity.PolicyVersion{{ID: "v1", Document: *in.PolicyDocument, Created: tx.Now}},
		}
		if made.Tags, err = withTags(nil, in.Tags); err != nil {
			return err
		}
		shown = shownPolicy(tx.State(), made)
		return tx.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.CreatePolicyOutput{Policy: shown}, nil
}

// checkManaged says whether document can be a version of a managed policy.
func checkManaged(document string) error {
	if _, err := policy.Load([]byte(document), policy.Identity); err != nil {
		return malformed(err)
	}
	if policy.Size([]byte(document)) > maxManaged {
		return quota("PolicySize", maxManaged)
	}
	return nil
}

// changePolicy edits a copy of a customer's policy in one write.
func (s *Service) changePolicy(ctx context.Context, c *op.Call, policyARN string, edit func(*store.Tx, *identity.ManagedPolicy) error) error {
	return s.write(ctx, c, func(tx *store.Tx) error {
		found, err := ownPolicy(tx.State(), policyARN)
		if err != nil {
			return err
		}
		changed := *found
		if err := edit(tx, &changed); err != nil {
			return err
		}
		return tx.Put(&changed)
	})
}

// ownPolicy finds a policy that the account may change.
func ownPolicy(s *identity.Snapshot, policyARN string) (*identity.ManagedPolicy, error) {
	found, ok := s.Policy(policyARN)
	switch {
	case !ok:
		return nil, noPolicy(policyARN)
	case found.AWSManaged():
		return nil, unmodifiable(policyARN)
	}
	return found, nil
}

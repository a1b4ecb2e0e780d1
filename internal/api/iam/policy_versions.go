package iam

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// Versions of managed policies. Their numbers are not used twice.

var (
	_ = op.Add(&table, (*Service).createPolicyVersion, rule("iam:CreatePolicyVersion", op.Permissions,
		func(p *plan, in *awsiam.CreatePolicyVersionInput) {
			p.policy(in.PolicyArn)
			p.required("policyDocument", in.PolicyDocument, documentRule)
		}))

	_ = op.Add(&table, (*Service).getPolicyVersion, rule("iam:GetPolicyVersion", op.Read,
		func(p *plan, in *awsiam.GetPolicyVersionInput) {
			p.policy(in.PolicyArn)
			p.required("versionId", in.VersionId, versionIDRule)
		}))

	_ = op.Add(&table, (*Service).listPolicyVersions, rule("iam:ListPolicyVersions", op.List,
		func(p *plan, in *awsiam.ListPolicyVersionsInput) {
			p.policy(in.PolicyArn)
			p.page(in.Marker, in.MaxItems)
		}))

	_ = op.Add(&table, (*Service).setDefaultPolicyVersion, rule("iam:SetDefaultPolicyVersion", op.Permissions,
		func(p *plan, in *awsiam.SetDefaultPolicyVersionInput) {
			p.policy(in.PolicyArn)
			p.required("versionId", in.VersionId, versionIDRule)
		}))

	_ = op.Add(&table, (*Service).deletePolicyVersion, rule("iam:DeletePolicyVersion", op.Permissions,
		func(p *plan, in *awsiam.DeletePolicyVersionInput) {
			p.policy(in.PolicyArn)
			p.required("versionId", in.VersionId, versionIDRule)
		}))
)

func (s *Service) createPolicyVersion(ctx context.Context, c *op.Call, in *awsiam.CreatePolicyVersionInput) (*awsiam.CreatePolicyVersionOutput, error) {
	var made identity.PolicyVersion
	err := s.changePolicy(ctx, c, *in.PolicyArn, func(tx *store.Tx, p *identity.ManagedPolicy) error {
		if err := checkManaged(*in.PolicyDocument); err != nil {
			return err
		}
		if len(p.Versions) >= identity.MaxPolicyVersions {
			return errTooManyVersions
		}
		p.Latest++
		made = identity.PolicyVersion{ID: "v" + strconv.Itoa(p.Latest), Document: *in.PolicyDocument, Created: tx.Now}
		p.Versions, p.Updated = append(slices.Clone(p.Versions), made), tx.Now
		if in.SetAsDefault {
			p.Default = made.ID
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.CreatePolicyVersionOutput{PolicyVersion: &types.PolicyVersion{
		VersionId: &made.ID, IsDefaultVersion: in.SetAsDefault, CreateDate: &made.Created,
	}}, nil
}

func (s *Service) getPolicyVersion(_ context.Context, c *op.Call, in *awsiam.GetPolicyVersionInput) (*awsiam.GetPolicyVersionOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	policy, ok := state.Policy(*in.PolicyArn)
	if !ok {
		return nil, noPolicy(*in.PolicyArn)
	}
	version, ok := policy.Version(*in.VersionId)
	if !ok {
		return nil, noPolicyVersion(*in.PolicyArn, *in.VersionId)
	}
	found := listedVersion(policy)(version)
	found.Document = encoded(version.Document)
	return &awsiam.GetPolicyVersionOutput{PolicyVersion: &found}, nil
}

func (s *Service) listPolicyVersions(_ context.Context, c *op.Call, in *awsiam.ListPolicyVersionsInput) (*awsiam.ListPolicyVersionsOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	policy, ok := state.Policy(*in.PolicyArn)
	if !ok {
		return nil, noPolicy(*in.PolicyArn)
	}
	list, err := pages(in.Marker, in.MaxItems, newestFirst, sliced(policy.Versions, newestFirst))
	if err != nil {
		return nil, err
	}
	return &awsiam.ListPolicyVersionsOutput{
		Versions: shown(list, listedVersion(policy)), Marker: list.marker, IsTruncated: list.truncated,
	}, nil
}

// newestFirst orders versions by falling number.
func newestFirst(v identity.PolicyVersion) string {
	number, err := strconv.Atoi(v.ID[1:])
	if err != nil {
		return v.ID
	}
	return fmt.Sprintf("%010d", 1<<31-number)
}

// listedVersion shows a version of p without its document.
func listedVersion(p *identity.ManagedPolicy) func(identity.PolicyVersion) types.PolicyVersion {
	return func(v identity.PolicyVersion) types.PolicyVersion {
		listed := types.PolicyVersion{VersionId: &v.ID, IsDefaultVersion: v.ID == p.Default}
		if !v.Created.IsZero() { // AWS's own came with the program
			listed.CreateDate = &v.Created
		}
		return listed
	}
}

func (s *Service) setDefaultPolicyVersion(ctx context.Context, c *op.Call, in *awsiam.SetDefaultPolicyVersionInput) (*awsiam.SetDefaultPolicyVersionOutput, error) {
	return done[awsiam.SetDefaultPolicyVersionOutput](s.changePolicy(ctx, c, *in.PolicyArn, func(tx *store.Tx, p *identity.ManagedPolicy) error {
		if _, ok := p.Version(*in.VersionId); !ok {
			return noPolicyVersion(*in.PolicyArn, *in.VersionId)
		}
		p.Default, p.Updated = *in.VersionId, tx.Now
		return nil
	}))
}

func (s *Service) deletePolicyVersion(ctx context.Context, c *op.Call, in *awsiam.DeletePolicyVersionInput) (*awsiam.DeletePolicyVersionOutput, error) {
	return done[awsiam.DeletePolicyVersionOutput](s.changePolicy(ctx, c, *in.PolicyArn, func(tx *store.Tx, p *identity.ManagedPolicy) error {
		if _, ok := p.Version(*in.VersionId); !ok {
			return noPolicyVersion(*in.PolicyArn, *in.VersionId)
		}
		if *in.VersionId == p.Default {
			return errVersionIsDefault
		}
		p.Versions = slices.DeleteFunc(slices.Clone(p.Versions), func(v identity.PolicyVersion) bool { return v.ID == *in.VersionId })
		p.Updated = tx.Now
		return nil
	}))
}

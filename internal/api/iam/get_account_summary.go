package iam

import (
	"context"
	"iter"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// GetAccountSummary counts what there is and names the limits that Hardpan
// holds. How many users, groups, roles or policies an account has is not
// limited, so those quotas are not in the answer.

var _ = op.Add(&table, (*Service).getAccountSummary, rule("iam:GetAccountSummary", op.Read,
	func(p *plan, _ *awsiam.GetAccountSummaryInput) { p.on("*") }))

func (s *Service) getAccountSummary(_ context.Context, c *op.Call, _ *awsiam.GetAccountSummaryInput) (*awsiam.GetAccountSummaryOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	summary := map[types.SummaryKeyType]int32{
		types.SummaryKeyTypeUsers:  size(state.Users("/", "")),
		types.SummaryKeyTypeGroups: size(state.Groups("/", "")),
		types.SummaryKeyTypeRoles:  size(state.Roles("/", "")),

		types.SummaryKeyTypeUserPolicySizeQuota:          maxUserPolicies,
		types.SummaryKeyTypeGroupPolicySizeQuota:         maxGroupPolicies,
		types.SummaryKeyTypeRolePolicySizeQuota:          maxRolePolicies,
		types.SummaryKeyTypePolicySizeQuota:              maxManaged,
		types.SummaryKeyTypeAssumeRolePolicySizeQuota:    maxTrust,
		types.SummaryKeyTypeVersionsPerPolicyQuota:       identity.MaxPolicyVersions,
		types.SummaryKeyTypeAttachedPoliciesPerUserQuota: maxAttached, types.SummaryKeyTypeAttachedPoliciesPerGroupQuota: maxAttached,
		types.SummaryKeyTypeAttachedPoliciesPerRoleQuota: maxAttached,
		types.SummaryKeyTypeGroupsPerUserQuota:           maxGroups,
		types.SummaryKeyTypeAccessKeysPerUserQuota:       maxAccessKeys,

		types.SummaryKeyTypeMFADevices: 0, types.SummaryKeyTypeMFADevicesInUse: 0, types.SummaryKeyTypeAccountMFAEnabled: 0,
		types.SummaryKeyTypeInstanceProfiles: 0, types.SummaryKeyTypeProviders: size(state.OIDCProviders()), types.SummaryKeyTypeServerCertificates: 0,
		types.SummaryKeyTypeAccountPasswordPresent: 0, types.SummaryKeyTypeAccountSigningCertificatesPresent: 0,
	}
	if len(state.AccessKeysOf("")) > 0 {
		summary[types.SummaryKeyTypeAccountAccessKeysPresent] = 1
	}
	for p := range state.Policies("/", "") {
		summary[types.SummaryKeyTypePolicies]++
		summary[types.SummaryKeyTypePolicyVersionsInUse] += int32(len(p.Versions))
	}
	out := &awsiam.GetAccountSummaryOutput{SummaryMap: map[string]int32{}}
	for key, n := range summary {
		out.SummaryMap[string(key)] = n
	}
	return out, nil
}

func size[T any](entries iter.Seq[T]) (n int32) {
	for range entries {
		n++
	}
	return n
}

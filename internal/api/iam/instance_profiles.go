package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/op"
)

// Hardpan has no machines, so no role is in an instance profile. Tools that
// delete roles, such as Terraform, ask first.

var _ = op.Add(&table, (*Service).listInstanceProfilesForRole, rule("iam:ListInstanceProfilesForRole", op.List,
	func(p *plan, in *awsiam.ListInstanceProfilesForRoleInput) {
		p.role(in.RoleName)
		p.page(in.Marker, in.MaxItems)
	}))

func (s *Service) listInstanceProfilesForRole(_ context.Context, c *op.Call, in *awsiam.ListInstanceProfilesForRoleInput) (*awsiam.ListInstanceProfilesForRoleOutput, error) {
	if _, err := s.find(c, theRole(*in.RoleName)); err != nil {
		return nil, err
	}
	return &awsiam.ListInstanceProfilesForRoleOutput{InstanceProfiles: []types.InstanceProfile{}}, nil
}

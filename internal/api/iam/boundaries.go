package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// The permissions boundary of a user or role: a managed policy beyond which
// its own policies grant nothing.

var (
	_ = op.Add(&table, (*Service).putUserPermissionsBoundary, rule("iam:PutUserPermissionsBoundary", op.Permissions,
		func(p *plan, in *awsiam.PutUserPermissionsBoundaryInput) {
			p.namedUser(in.UserName)
			p.givenBoundary(in.PermissionsBoundary)
		}))

	_ = op.Add(&table, (*Service).deleteUserPermissionsBoundary, rule("iam:DeleteUserPermissionsBoundary", op.Permissions,
		func(p *plan, in *awsiam.DeleteUserPermissionsBoundaryInput) {
			p.namedUser(in.UserName)
			p.boundaryKey(p.userOf(in.UserName))
		}))

	_ = op.Add(&table, (*Service).putRolePermissionsBoundary, rule("iam:PutRolePermissionsBoundary", op.Permissions,
		func(p *plan, in *awsiam.PutRolePermissionsBoundaryInput) {
			p.role(in.RoleName)
			p.givenBoundary(in.PermissionsBoundary)
		}))

	_ = op.Add(&table, (*Service).deleteRolePermissionsBoundary, rule("iam:DeleteRolePermissionsBoundary", op.Permissions,
		func(p *plan, in *awsiam.DeleteRolePermissionsBoundaryInput) {
			p.role(in.RoleName)
			p.boundaryKey(p.roleOf(in.RoleName))
		}))
)

// givenBoundary is newBoundary where it must be given.
func (p *plan) givenBoundary(policyARN *string) {
	if policyARN == nil {
		p.fault("Value null at 'permissionsBoundary' failed to satisfy constraint: Member must not be null")
	}
	p.newBoundary(policyARN)
}

func (s *Service) putUserPermissionsBoundary(ctx context.Context, c *op.Call, in *awsiam.PutUserPermissionsBoundaryInput) (*awsiam.PutUserPermissionsBoundaryOutput, error) {
	return done[awsiam.PutUserPermissionsBoundaryOutput](s.putBoundary(ctx, c, theUser(*in.UserName), *in.PermissionsBoundary))
}

func (s *Service) deleteUserPermissionsBoundary(ctx context.Context, c *op.Call, in *awsiam.DeleteUserPermissionsBoundaryInput) (*awsiam.DeleteUserPermissionsBoundaryOutput, error) {
	return done[awsiam.DeleteUserPermissionsBoundaryOutput](s.deleteBoundary(ctx, c, theUser(*in.UserName)))
}

func (s *Service) putRolePermissionsBoundary(ctx context.Context, c *op.Call, in *awsiam.PutRolePermissionsBoundaryInput) (*awsiam.PutRolePermissionsBoundaryOutput, error) {
	return done[awsiam.PutRolePermissionsBoundaryOutput](s.putBoundary(ctx, c, theOwnRole(*in.RoleName), *in.PermissionsBoundary))
}

func (s *Service) deleteRolePermissionsBoundary(ctx context.Context, c *op.Call, in *awsiam.DeleteRolePermissionsBoundaryInput) (*awsiam.DeleteRolePermissionsBoundaryOutput, error) {
	return done[awsiam.DeleteRolePermissionsBoundaryOutput](s.deleteBoundary(ctx, c, theOwnRole(*in.RoleName)))
}

func (s *Service) putBoundary(ctx context.Context, c *op.Call, find finder, policyARN string) error {
	return s.change(ctx, c, find, func(tx *store.Tx, h *holder) (err error) {
		*h.boundary, err = boundary(tx.State(), &policyARN)
		return err
	})
}

func (s *Service) deleteBoundary(ctx context.Context, c *op.Call, find finder) error {
	return s.change(ctx, c, find, func(_ *store.Tx, h *holder) error {
		if *h.boundary == "" {
			return noBoundary(h.kind, h.name)
		}
		*h.boundary = ""
		return nil
	})
}

// boundary is the ARN of a policy that may be a boundary, or empty for none.
func boundary(s *identity.Snapshot, policyARN *string) (string, error) {
	if policyARN == nil {
		return "", nil
	}
	if _, ok := s.Policy(*policyARN); !ok {
		return "", noBoundaryPolicy(*policyARN)
	}
	return *policyARN, nil
}

func shownBoundary(policyARN string) *types.AttachedPermissionsBoundary {
	if policyARN == "" {
		return nil
	}
	return &types.AttachedPermissionsBoundary{
		PermissionsBoundaryArn: &policyARN, PermissionsBoundaryType: types.PermissionsBoundaryAttachmentTypePolicy,
	}
}

package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// Changes to a role itself. What UpdateRole does not name stays; but a
// description that is given empty is removed, as it is with AWS. Of a
// service-linked role nothing else can be changed.

var (
	_ = op.Add(&table, (*Service).updateRole, rule("iam:UpdateRole", op.Write,
		func(p *plan, in *awsiam.UpdateRoleInput) {
			p.role(in.RoleName)
			p.text("description", in.Description, roleDescriptionRule)
			p.number("maxSessionDuration", in.MaxSessionDuration, leastSession, longestSession)
		}))

	_ = op.Add(&table, (*Service).updateRoleDescription, rule("iam:UpdateRoleDescription", op.Write,
		func(p *plan, in *awsiam.UpdateRoleDescriptionInput) {
			p.role(in.RoleName)
			p.required("description", in.Description, roleDescriptionRule)
		}))

	_ = op.Add(&table, (*Service).updateAssumeRolePolicy, rule("iam:UpdateAssumeRolePolicy", op.Permissions,
		func(p *plan, in *awsiam.UpdateAssumeRolePolicyInput) {
			p.role(in.RoleName)
			p.required("policyDocument", in.PolicyDocument, documentRule)
		}))
)

func (s *Service) updateRole(ctx context.Context, c *op.Call, in *awsiam.UpdateRoleInput) (*awsiam.UpdateRoleOutput, error) {
	_, err := s.changeRole(ctx, c, *in.RoleName, func(_ *store.Tx, r *identity.Role) error {
		r.Description = or(in.Description, r.Description)
		if in.MaxSessionDuration != nil {
			if err := modifiable(r); err != nil {
				return err
			}
			r.MaxSession = sessionLength(in.MaxSessionDuration)
		}
		return nil
	})
	return done[awsiam.UpdateRoleOutput](err)
}

func (s *Service) updateRoleDescription(ctx context.Context, c *op.Call, in *awsiam.UpdateRoleDescriptionInput) (*awsiam.UpdateRoleDescriptionOutput, error) {
	role, err := s.changeRole(ctx, c, *in.RoleName, func(_ *store.Tx, r *identity.Role) error {
		r.Description = aws.ToString(in.Description)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.UpdateRoleDescriptionOutput{Role: shownRole(role)}, nil
}

func (s *Service) updateAssumeRolePolicy(ctx context.Context, c *op.Call, in *awsiam.UpdateAssumeRolePolicyInput) (*awsiam.UpdateAssumeRolePolicyOutput, error) {
	_, err := s.changeRole(ctx, c, *in.RoleName, func(tx *store.Tx, r *identity.Role) error {
		if err := modifiable(r); err != nil {
			return err
		}
		if err := checkTrust(s.DB.Directory(), tx.State(), *in.PolicyDocument); err != nil {
			return err
		}
		r.Trust = *in.PolicyDocument
		return nil
	})
	return done[awsiam.UpdateAssumeRolePolicyOutput](err)
}

// changeRole edits a copy of a role in one write and returns it.
func (s *Service) changeRole(ctx context.Context, c *op.Call, name string, edit func(*store.Tx, *identity.Role) error) (*identity.Role, error) {
	var changed identity.Role
	err := s.write(ctx, c, func(tx *store.Tx) error {
		role, err := findRole(tx.State(), name)
		if err != nil {
			return err
		}
		changed = *role
		if err := edit(tx, &changed); err != nil {
			return err
		}
		return tx.Put(&changed)
	})
	return &changed, err
}

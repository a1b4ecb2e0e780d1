package iam

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// CreateRole with tags needs iam:TagRole too.

// How long a role's sessions may last, in seconds. Source: IAM API Reference.
const (
	leastSession   = 3600
	longestSession = 43200
)

var _ = op.Add(&table, (*Service).createRole, rule("iam:CreateRole", op.Write,
	func(p *plan, in *awsiam.CreateRoleInput) {
		p.required("roleName", in.RoleName, roleNameRule)
		p.required("assumeRolePolicyDocument", in.AssumeRolePolicyDocument, documentRule)
		p.text("description", in.Description, roleDescriptionRule)
		p.number("maxSessionDuration", in.MaxSessionDuration, leastSession, longestSession)
		p.create("role", in.Path, in.RoleName)
		p.rolePath(in.Path)
		p.newBoundary(in.PermissionsBoundary)
		p.newTags(in.Tags, "iam:TagRole")
	}))

func (s *Service) createRole(ctx context.Context, c *op.Call, in *awsiam.CreateRoleInput) (*awsiam.CreateRoleOutput, error) {
	var role *identity.Role
	err := s.write(ctx, c, func(tx *store.Tx) (err error) {
		if _, taken := tx.State().Role(*in.RoleName); taken {
			return nameTaken("role", *in.RoleName)
		}
		if err := checkTrust(s.DB.Directory(), tx.State(), *in.AssumeRolePolicyDocument); err != nil {
			return err
		}
		role = &identity.Role{
			Scope: tx.State().Account().Scope, ID: identity.NewRoleID(), Name: *in.RoleName, Path: orRoot(in.Path),
			Description: aws.ToString(in.Description), Created: tx.Now, Trust: *in.AssumeRolePolicyDocument,
			MaxSession: sessionLength(in.MaxSessionDuration),
		}
		if role.Tags, err = withTags(nil, in.Tags); err != nil {
			return err
		}
		if role.Boundary, err = boundary(tx.State(), in.PermissionsBoundary); err != nil {
			return err
		}
		return tx.Put(role)
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.CreateRoleOutput{Role: shownRole(role)}, nil
}

// sessionLength is a role's limit; an hour if the request does not say.
func sessionLength(seconds *int32) time.Duration {
	if seconds == nil {
		return leastSession * time.Second
	}
	return time.Duration(*seconds) * time.Second
}

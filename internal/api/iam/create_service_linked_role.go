package iam

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/policy"
)

var _ = op.Add(&table, (*Service).createServiceLinkedRole, rule("iam:CreateServiceLinkedRole", op.Write,
	func(p *plan, in *awsiam.CreateServiceLinkedRoleInput) {
		p.serviceName(in.AWSServiceName)
		p.text("description", in.Description, roleDescriptionRule)
		if in.CustomSuffix != nil {
			p.refuse(invalidInput("Custom suffix is not allowed for %s", clip(aws.ToString(in.AWSServiceName))))
		}
	}))

func (s *Service) createServiceLinkedRole(ctx context.Context, c *op.Call, in *awsiam.CreateServiceLinkedRoleInput) (*awsiam.CreateServiceLinkedRoleOutput, error) {
	service := *in.AWSServiceName
	trust, err := serviceTrust(service)
	if err != nil {
		return nil, err
	}
	var role *identity.Role
	err = s.write(ctx, c, func(tx *store.Tx) error {
		name := serviceLinked[service]
		if _, taken := tx.State().Role(name); taken {
			return invalidInput("Service role name %s has been taken in this account, please try a different suffix.", name)
		}
		role = &identity.Role{
			Scope: tx.State().Account().Scope, ID: identity.NewRoleID(), Name: name, Path: serviceLinkedPath + service + "/",
			Description: aws.ToString(in.Description), Created: tx.Now, Trust: trust, MaxSession: sessionLength(nil),
		}
		return tx.Put(role)
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.CreateServiceLinkedRoleOutput{Role: shownRole(role)}, nil
}

// serviceTrust is the trust policy of a service's own role.
func serviceTrust(service string) (string, error) {
	document, err := json.Marshal(map[string]any{
		"Version": policy.Version2012,
		"Statement": []any{map[string]any{
			"Effect": policy.Allow, "Principal": map[string]any{"Service": []string{service}}, "Action": []string{"sts:AssumeRole"},
		}},
	})
	if err != nil {
		return "", fmt.Errorf("writing the trust policy of %s: %w", service, err)
	}
	return string(document), nil
}

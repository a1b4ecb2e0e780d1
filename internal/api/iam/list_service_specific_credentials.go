package iam

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// ListServiceSpecificCredentials lists those of one user, or of all users; that
// is authorized on the collection of users.

var _ = op.Add(&table, (*Service).listServiceSpecificCredentials, rule("iam:ListServiceSpecificCredentials", op.List,
	func(p *plan, in *awsiam.ListServiceSpecificCredentialsInput) {
		p.page(in.Marker, in.MaxItems)
		switch all := aws.ToBool(in.AllUsers); {
		case all && in.UserName != nil:
			p.refuse(invalid("UserName and AllUsers cannot both be given."))
		case all:
			p.on(p.arn("user", "/", "*"))
		default:
			p.user(in.UserName)
		}
	}))

func (s *Service) listServiceSpecificCredentials(_ context.Context, c *op.Call, in *awsiam.ListServiceSpecificCredentialsInput) (*awsiam.ListServiceSpecificCredentialsOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	owner := ""
	if !aws.ToBool(in.AllUsers) {
		who, err := subjectOf(state, c, in.UserName)
		if err != nil {
			return nil, err
		}
		// The root user has no credentials of this sort, and no user id.
		if owner = who.id(); owner == "" {
			return &awsiam.ListServiceSpecificCredentialsOutput{ServiceSpecificCredentials: []types.ServiceSpecificCredentialMetadata{}}, nil
		}
	}
	wanted := func(credential *identity.ServiceCredential) bool {
		return (owner == "" || credential.UserID == owner) && (in.ServiceName == nil || credential.Service == *in.ServiceName)
	}
	list, err := pages(in.Marker, in.MaxItems, func(credential *identity.ServiceCredential) string { return credential.ID },
		func(after string) iter.Seq[*identity.ServiceCredential] { return filtered(state.ServiceCredentials(after), wanted) })
	if err != nil {
		return nil, err
	}
	return &awsiam.ListServiceSpecificCredentialsOutput{
		ServiceSpecificCredentials: shown(list, s.listedCredential(state)), Marker: list.marker, IsTruncated: list.truncated,
	}, nil
}

// listedCredential is a credential without its secret, as of now.
func (s *Service) listedCredential(state *identity.Snapshot) func(*identity.ServiceCredential) types.ServiceSpecificCredentialMetadata {
	now := s.Now()
	return func(c *identity.ServiceCredential) types.ServiceSpecificCredentialMetadata {
		listed := types.ServiceSpecificCredentialMetadata{
			CreateDate: &c.Created, ServiceName: &c.Service, ServiceSpecificCredentialId: &c.ID,
			Status: credentialStatus(c, now), ExpirationDate: expiry(c), ServiceCredentialAlias: &c.Alias,
		}
		if user, ok := state.UserByID(c.UserID); ok {
			listed.UserName = &user.Name
		}
		return listed
	}
}

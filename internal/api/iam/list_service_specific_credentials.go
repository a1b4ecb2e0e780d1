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
			p.refuse(errAllAndOne)
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
	id := func(credential *identity.ServiceCredential) string { return credential.ID }
	entries := state.ServiceCredentials
	if !aws.ToBool(in.AllUsers) {
		owner, err := subjectOf(state, c, in.UserName)
		if err != nil {
			return nil, err
		}
		var own []*identity.ServiceCredential
		if owner.user != nil { // the root user has none of this sort
			own = state.ServiceCredentialsOf(owner.user.ID)
		}
		entries = sliced(own, id)
	}
	list, err := pages(in.Marker, in.MaxItems, id, func(after string) iter.Seq[*identity.ServiceCredential] {
		return filtered(entries(after), func(credential *identity.ServiceCredential) bool {
			return in.ServiceName == nil || credential.Service == *in.ServiceName
		})
	})
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

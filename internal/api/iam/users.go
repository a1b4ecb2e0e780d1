package iam

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// shownUser is a user as the operations on one user show it.
func shownUser(u *identity.User) *types.User {
	user := listedUser(u)
	user.PermissionsBoundary, user.Tags = shownBoundary(u.Boundary), shownTags(u.Tags)
	return &user
}

// listedUser is a user as lists show it: without tags and boundary.
func listedUser(u *identity.User) types.User {
	return types.User{
		Arn: aws.String(u.ARN()), CreateDate: &u.Created, Path: &u.Path, UserId: &u.ID, UserName: &u.Name,
	}
}

// subject is whose credentials a call is about: a user, or the account's root
// user, who is no entity.
type subject struct{ user *identity.User }

// subjectOf finds the user who is named; without a name, the caller.
func subjectOf(s *identity.Snapshot, c *op.Call, name *string) (subject, error) {
	switch {
	case name != nil:
		u, err := findUser(s, *name)
		return subject{u}, err
	case c.Caller.Kind == identity.Root:
		return subject{}, nil
	case c.Caller.Kind != identity.IAMUser:
		return subject{}, errMustNameUser
	}
	u, ok := s.UserByID(c.Caller.ID)
	if !ok {
		return subject{}, notFound("user", c.Caller.Name)
	}
	return subject{u}, nil
}

// id is the user's, or empty for the root user.
func (t subject) id() string {
	if t.user == nil {
		return ""
	}
	return t.user.ID
}

// name is the user's, or nil for the root user.
func (t subject) name() *string {
	if t.user == nil {
		return nil
	}
	return &t.user.Name
}

// moveInference keeps what is set for a principal's model calls with the
// principal when its ARN changes, and drops it when there is none any more.
func moveInference(tx *store.Tx, from, to string) error {
	config, ok := tx.State().InferenceConfig(from)
	if !ok || from == to {
		return nil
	}
	if err := tx.Delete(config); err != nil {
		return err
	}
	if to == "" {
		return nil
	}
	return tx.Put(&identity.InferenceConfig{Scope: config.Scope, PrincipalARN: to, HomeRegion: config.HomeRegion})
}

package hardpan

import (
	"context"

	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/wire/rest"
)

// PutInferenceConfigInput sets what Hardpan keeps about the model calls of a
// principal.
type PutInferenceConfigInput struct {
	PrincipalArn *string // of a user, a role or the account's root user
	HomeRegion   *string // where calls go that name no region; empty: nowhere
}

// PutInferenceConfigOutput is empty.
type PutInferenceConfigOutput struct{}

// GetInferenceConfigInput names the principal.
type GetInferenceConfigInput struct{ PrincipalArn *string }

// GetInferenceConfigOutput is what is kept.
type GetInferenceConfigOutput struct {
	PrincipalArn *string
	HomeRegion   *string
}

var (
	_ = op.Add(&table, (*Service).putInferenceConfig, op.Rule[PutInferenceConfigInput]{
		Action: "hardpan:PutInferenceConfig", Access: op.Write,
		Schema: rest.Operation("PutInferenceConfig", "PUT", "/inference-configs/{principalArn}", 200,
			PutInferenceConfigInput{}, PutInferenceConfigOutput{}),
		Resources: func(c *op.Call, in *PutInferenceConfigInput) ([]string, error) {
			return []string{*in.PrincipalArn}, nil
		},
	})
	_ = op.Add(&table, (*Service).getInferenceConfig, op.Rule[GetInferenceConfigInput]{
		Action: "hardpan:GetInferenceConfig", Access: op.Read,
		Schema: rest.Operation("GetInferenceConfig", "GET", "/inference-configs/{principalArn}", 200,
			GetInferenceConfigInput{}, GetInferenceConfigOutput{}),
		Resources: func(c *op.Call, in *GetInferenceConfigInput) ([]string, error) {
			return []string{*in.PrincipalArn}, nil
		},
	})
)

func (s *Service) putInferenceConfig(ctx context.Context, c *op.Call, in *PutInferenceConfigInput) (*PutInferenceConfigOutput, error) {
	region := ""
	if in.HomeRegion != nil {
		region = *in.HomeRegion
	}
	if region != "" && !catalog.IsRegion(region) {
		return nil, awserr.Validation("homeRegion %q is not a region that Hardpan knows.", region)
	}
	return &PutInferenceConfigOutput{}, s.DB.Write(ctx, c.Account, c.Time, func(tx *store.Tx) error {
		scope, err := principalScope(tx.State(), *in.PrincipalArn)
		if err != nil {
			return err
		}
		return tx.Put(&identity.InferenceConfig{Scope: scope, PrincipalARN: *in.PrincipalArn, HomeRegion: region})
	})
}

func (s *Service) getInferenceConfig(_ context.Context, c *op.Call, in *GetInferenceConfigInput) (*GetInferenceConfigOutput, error) {
	snapshot, ok := s.DB.Directory().Account(c.Account)
	if !ok {
		return nil, noPrincipal(*in.PrincipalArn)
	}
	if _, err := principalScope(snapshot, *in.PrincipalArn); err != nil {
		return nil, err
	}
	out := &GetInferenceConfigOutput{PrincipalArn: in.PrincipalArn}
	if config, ok := snapshot.InferenceConfig(*in.PrincipalArn); ok {
		out.HomeRegion = &config.HomeRegion
	}
	return out, nil
}

// principalScope finds the user, role or root user that an ARN names.
func principalScope(s *identity.Snapshot, principal string) (identity.Scope, error) {
	if account := s.Account(); account != nil && account.RootARN() == principal {
		return account.Scope, nil
	}
	found, ok := s.Find(principal)
	if !ok {
		return identity.Scope{}, noPrincipal(principal)
	}
	switch e := found.(type) {
	case *identity.User:
		return e.Scope, nil
	case *identity.Role:
		return e.Scope, nil
	}
	return identity.Scope{}, noPrincipal(principal)
}

func noPrincipal(principal string) error {
	return awserr.NotFound("There is no user or role %s in this account.", principal)
}

package sts

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/token"
)

var _ = op.Add(&table, (*Service).getSessionToken, op.Rule[awssts.GetSessionTokenInput]{
	Access: op.Read,
	Public: "AWS: any long-term credential may ask for a session of itself; it can do no more than its owner",
})

// Durations of GetSessionToken in seconds. Source: AWS STS API Reference.
const (
	sessionTokenDefault = 12 * 3600
	sessionTokenMax     = 36 * 3600
	rootTokenMax        = 3600
)

func (s *Service) getSessionToken(_ context.Context, c *op.Call, in *awssts.GetSessionTokenInput) (*awssts.GetSessionTokenOutput, error) {
	if c.Caller.Session != nil {
		return nil, denied("Cannot call GetSessionToken with session credentials")
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, denied("MultiFactorAuthentication failed: Hardpan has no MFA devices; ask without SerialNumber and TokenCode")
	}
	seconds := aws.ToInt32(in.DurationSeconds)
	if in.DurationSeconds == nil {
		seconds = sessionTokenDefault
	}
	if err := within(seconds, sessionTokenMax); err != nil {
		return nil, err
	}
	if c.Caller.Kind == identity.Root {
		seconds = min(seconds, rootTokenMax)
	}
	credentials, err := s.mint(token.Session{
		Kind: token.UserSession, PrincipalARN: c.Caller.EntityARN, PrincipalID: c.Caller.ID, Ancestors: []string{c.Caller.ARN},
	}, c, time.Duration(seconds)*time.Second)
	if err != nil {
		return nil, err
	}
	return &awssts.GetSessionTokenOutput{Credentials: credentials}, nil
}

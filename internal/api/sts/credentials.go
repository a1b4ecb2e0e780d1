package sts

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/token"
)

// minDuration is the shortest session in seconds, for every operation.
const minDuration = 900

// mint completes a session and seals it into credentials that end after d.
func (s *Service) mint(session token.Session, c *op.Call, d time.Duration) (*types.Credentials, error) {
	session.AccessKeyID = identity.NewSessionKeyID()
	session.Issued, session.Expires = c.Time, c.Time.Add(d)
	if session.Account == "" {
		session.Partition, session.Account = c.Partition, c.Account
	}
	made, err := token.Mint(s.Box, &session)
	if err != nil {
		return nil, fmt.Errorf("sealing a session token: %w", err)
	}
	return &types.Credentials{
		AccessKeyId: &made.AccessKeyID, SecretAccessKey: aws.String(made.SecretAccessKey.Reveal()),
		SessionToken: aws.String(made.SessionToken.Reveal()), Expiration: &made.Expires,
	}, nil
}

// within holds a duration against the limits that the API itself has.
func within(seconds, most int32) error {
	const text = "1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: " +
		"Member must have value %s than or equal to %d"
	switch {
	case seconds < minDuration:
		return invalid(text, seconds, "greater", minDuration)
	case seconds > most:
		return invalid(text, seconds, "less", most)
	}
	return nil
}

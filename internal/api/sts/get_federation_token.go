package sts

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/token"
)

// GetFederationToken gives somebody a part of what its caller, an IAM user or
// the root user, may do. The action is checked on the federated user, as AWS's
// denials show; sts:TagSession where tags are passed.

var _ = op.Add(&table, (*Service).getFederationToken, op.Rule[awssts.GetFederationTokenInput]{
	Action: "sts:GetFederationToken", Access: op.Read, Checks: federationChecks,
})

// Limits of GetFederationToken. Source: AWS STS API Reference.
const (
	federationDefault = 12 * 3600 // seconds
	federationMax     = 36 * 3600
)

var federatedName = regexp.MustCompile(`^[\w+=,.@-]{2,32}$`)

func federationChecks(c *op.Call, in *awssts.GetFederationTokenInput) ([]op.Check, error) {
	switch {
	case c.Caller.Session != nil:
		return nil, denied("Cannot call GetFederationToken with session credentials")
	case in.Name == nil:
		return nil, missing("name")
	case !federatedName.MatchString(*in.Name):
		return nil, constraint(*in.Name, "name", "[\\w+=,.@-]*, 2 to 32 characters")
	}
	if err := validateTags(in.Tags); err != nil {
		return nil, err
	}
	keys := c.ChildKeys()
	tagKeys(in.Tags, c.SetKey(keys))
	resource := c.Caller.FederatedUserARN(*in.Name)
	checks := []op.Check{{Action: "sts:GetFederationToken", Resource: resource, Region: c.Region, Keys: keys}}
	if len(in.Tags) > 0 {
		checks = append(checks, op.Check{Action: "sts:TagSession", Resource: resource, Region: c.Region, Keys: keys})
	}
	return checks, nil
}

func (s *Service) getFederationToken(_ context.Context, c *op.Call, in *awssts.GetFederationTokenInput) (*awssts.GetFederationTokenOutput, error) {
	seconds, err := federationDuration(c, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	snapshot, ok := s.DB.Directory().Account(c.Account)
	if !ok {
		return nil, awserr.Internal(identity.ErrNoPrincipal)
	}
	packed, err := checkSessionPolicies(snapshot, in.Policy, in.PolicyArns, in.Tags)
	if err != nil {
		return nil, err
	}
	tags, err := federatedTags(in.Tags)
	if err != nil {
		return nil, err
	}
	credentials, err := s.mint(token.Session{
		Kind: token.FederatedUser, PrincipalARN: c.Caller.EntityARN, PrincipalID: c.Caller.ID, Name: *in.Name, Tags: tags,
		Policy: aws.ToString(in.Policy), PolicyARNs: policyARNs(in.PolicyArns), Ancestors: []string{c.Caller.ARN},
	}, c, time.Duration(seconds)*time.Second)
	if err != nil {
		return nil, err
	}
	return &awssts.GetFederationTokenOutput{
		Credentials: credentials, PackedPolicySize: packed, //nolint:staticcheck // deprecated in the SDK, still what AWS sends
		FederatedUser: &types.FederatedUser{
			Arn: aws.String(c.Caller.FederatedUserARN(*in.Name)), FederatedUserId: aws.String(c.Account + ":" + *in.Name),
		},
	}, nil
}

// federationDuration is how long the session lasts, in seconds. The root user's
// last an hour, however long is asked for.
func federationDuration(c *op.Call, asked *int32) (int32, error) {
	seconds := int32(federationDefault)
	if asked != nil {
		seconds = *asked
	}
	if err := within(seconds, federationMax); err != nil {
		return 0, err
	}
	if c.Caller.Kind == identity.Root {
		seconds = min(seconds, rootTokenMax)
	}
	return seconds, nil
}

// federatedTags are the session's tags, none of which is transitive.
func federatedTags(passed []types.Tag) (tags []token.Tag, err error) {
	seen := map[string]bool{}
	for _, t := range passed {
		key := strings.ToLower(*t.Key)
		if seen[key] {
			return nil, invalid("The request passes the session tag %s twice. Tag keys are case insensitive.", *t.Key)
		}
		seen[key] = true
		tags = append(tags, token.Tag{Key: *t.Key, Value: aws.ToString(t.Value)})
	}
	if len(tags) > maxSessionTags {
		return nil, invalid("A session has at most %d tags; this one would have %d.", maxSessionTags, len(tags))
	}
	return tags, nil
}

package sts

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"hardpan/arn"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/token"
	"hardpan/policy/eval"
)

// AssumeRole is decided by the role's trust policy together with the caller's
// own policies. Passing tags needs sts:TagSession on both sides too, a source
// identity sts:SetSourceIdentity. A role that does not exist is denied like
// one that may not be assumed: who may not assume it does not learn which.

var _ = op.Add(&table, (*Service).assumeRole, op.Rule[awssts.AssumeRoleInput]{
	Action: "sts:AssumeRole", Access: op.Write, Checks: assumeRoleChecks,
})

// Durations of a role session in seconds.
const (
	roleSessionDefault = 3600
	roleSessionMax     = 12 * 3600
	chainedSessionMax  = 3600
)

func assumeRoleChecks(c *op.Call, in *awssts.AssumeRoleInput) ([]op.Check, error) {
	if err := notFederated(c, "AssumeRole"); err != nil {
		return nil, err
	}
	if err := validateAssumeRole(in); err != nil {
		return nil, err
	}
	return roleChecks(c, "sts:AssumeRole", in), nil
}

// roleChecks are those of any action by which a role is assumed.
func roleChecks(c *op.Call, action string, in *awssts.AssumeRoleInput) []op.Check {
	role, snapshot := findRole(c.Directory, *in.RoleArn)
	trust := eval.NewSet()
	keys := c.ChildKeys()
	owner := c.Account
	if role != nil {
		owner = snapshot.Account().Account
		if set, err := snapshot.TrustPolicy(role.ID); err == nil {
			trust = set
		}
		for _, t := range role.Tags {
			keys.Set("aws:ResourceTag/"+t.Key, "resource", t.Value)
			keys.Set("iam:ResourceTag/"+t.Key, "resource", t.Value)
		}
	}
	sessionKeys(in, c.SetKey(keys))
	actions := []string{action}
	if len(in.Tags) > 0 || len(in.TransitiveTagKeys) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if in.SourceIdentity != nil {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	checks := make([]op.Check, len(actions))
	for i, action := range actions {
		checks[i] = op.Check{
			Action: action, Resource: *in.RoleArn, Region: c.Region, Keys: keys, Owner: owner, Policy: trust, Trust: true,
		}
	}
	return checks
}

// sessionKeys are the context keys that a request for a session brings.
func sessionKeys(in *awssts.AssumeRoleInput, set op.SetKey) {
	set("sts:RoleSessionName", *in.RoleSessionName)
	if in.ExternalId != nil {
		set("sts:ExternalId", *in.ExternalId)
	}
	if in.SourceIdentity != nil {
		set("sts:SourceIdentity", *in.SourceIdentity)
	}
	tagKeys(in.Tags, set)
	if len(in.TransitiveTagKeys) > 0 {
		set("sts:TransitiveTagKeys", in.TransitiveTagKeys...)
	}
}

func (s *Service) assumeRole(_ context.Context, c *op.Call, in *awssts.AssumeRoleInput) (*awssts.AssumeRoleOutput, error) {
	if c.Caller.Kind == identity.Root {
		return nil, denied("Roles may not be assumed by root accounts.")
	}
	return s.assume(c, in, nil)
}

// assume makes a session of a role that the call may assume; complete may add to
// it.
func (s *Service) assume(c *op.Call, in *awssts.AssumeRoleInput, complete func(*token.Session)) (*awssts.AssumeRoleOutput, error) {
	role, snapshot := findRole(s.DB.Directory(), *in.RoleArn)
	if role == nil {
		return nil, denied("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", c.Caller.ARN, *in.RoleArn)
	}
	seconds, err := roleDuration(c, role, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	packed, err := checkSessionPolicies(snapshot, in.Policy, in.PolicyArns, in.Tags)
	if err != nil {
		return nil, err
	}
	tags, transitive, err := sessionTags(c, in)
	if err != nil {
		return nil, err
	}
	session := token.Session{
		Partition: role.Partition, Account: role.Account, Kind: token.AssumedRole, PrincipalARN: role.ARN(), PrincipalID: role.ID,
		Name: *in.RoleSessionName, Tags: tags, Transitive: transitive, Policy: aws.ToString(in.Policy),
		SourceIdentity: sourceIdentity(c, in), HomeRegion: c.Caller.HomeRegion,
		Ancestors: append([]string{c.Caller.ARN}, c.Caller.Ancestors...),
	}
	session.PolicyARNs = policyARNs(in.PolicyArns)
	if complete != nil {
		complete(&session)
	}
	credentials, err := s.mint(session, c, time.Duration(seconds)*time.Second)
	if err != nil {
		return nil, err
	}
	out := &awssts.AssumeRoleOutput{
		Credentials: credentials,
		AssumedRoleUser: &types.AssumedRoleUser{
			Arn: aws.String(role.SessionARN(*in.RoleSessionName)), AssumedRoleId: aws.String(role.ID + ":" + *in.RoleSessionName),
		},
		PackedPolicySize: packed, //nolint:staticcheck // deprecated in the SDK, still what AWS sends
	}
	if session.SourceIdentity != "" {
		out.SourceIdentity = &session.SourceIdentity
	}
	return out, nil
}

// roleDuration is how long the session may last, in seconds.
func roleDuration(c *op.Call, role *identity.Role, asked *int32) (int32, error) {
	seconds := int32(roleSessionDefault)
	if asked != nil {
		seconds = *asked
	}
	if err := within(seconds, roleSessionMax); err != nil {
		return 0, err
	}
	if s := c.Caller.Session; s != nil && c.Caller.Kind == identity.AssumedRole && seconds > chainedSessionMax {
		return 0, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	if most := int32(role.MaxSession / time.Second); most > 0 && seconds > most {
		if asked == nil {
			return most, nil
		}
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return seconds, nil
}

func findRole(d *identity.Directory, roleARN string) (*identity.Role, *identity.Snapshot) {
	a, err := arn.Parse(roleARN)
	if err != nil {
		return nil, nil
	}
	snapshot, ok := d.Account(a.Account)
	if !ok {
		return nil, nil
	}
	entity, _ := snapshot.Find(roleARN)
	role, ok := entity.(*identity.Role)
	if !ok {
		return nil, nil
	}
	return role, snapshot
}

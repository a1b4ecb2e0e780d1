package sts

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/policy"
)

// Limits of AssumeRole's parameters. Source: AWS STS API Reference.
var (
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/\-]{2,}$`) // and maxExternalID
	tagText     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

// The longest external id (more than Go's regular expressions count), the
// longest session policies, together, and the most managed ones.
const (
	maxExternalID        = 1224
	maxSessionPolicy     = 2048 // characters
	maxSessionPolicyARNs = 10
)

// validateAssumeRole refuses what the API's own rules refuse, before anyone
// asks what is allowed.
func validateAssumeRole(in *awssts.AssumeRoleInput) error {
	switch {
	case aws.ToString(in.RoleArn) == "":
		return missing("roleArn")
	case in.RoleSessionName == nil:
		return missing("roleSessionName")
	case !sessionName.MatchString(*in.RoleSessionName):
		return constraint(*in.RoleSessionName, "roleSessionName", "[\\w+=,.@-]*, 2 to 64 characters")
	case in.ExternalId != nil && (len(*in.ExternalId) > maxExternalID || !externalID.MatchString(*in.ExternalId)):
		return constraint(*in.ExternalId, "externalId", "[\\w+=,.@:\\/-]*, 2 to 1224 characters")
	case in.SourceIdentity != nil && !sessionName.MatchString(*in.SourceIdentity):
		return constraint(*in.SourceIdentity, "sourceIdentity", "[\\w+=,.@-]*, 2 to 64 characters")
	case in.SerialNumber != nil || in.TokenCode != nil:
		return denied("MultiFactorAuthentication failed: Hardpan has no MFA devices; ask without SerialNumber and TokenCode")
	case len(in.ProvidedContexts) > 0:
		return invalid("Hardpan does not take ProvidedContexts in this release.")
	}
	if a, err := arn.Parse(*in.RoleArn); err != nil || a.Service != "iam" || !strings.HasPrefix(a.Resource, "role/") {
		return invalid("%s is invalid", *in.RoleArn)
	}
	return validateTags(in.Tags)
}

func validateTags(tags []types.Tag) error {
	for _, t := range tags {
		key, value := aws.ToString(t.Key), aws.ToString(t.Value)
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 || !tagText.MatchString(key) {
			return constraint(key, "tags.member.key", "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, 1 to 128 characters")
		}
		if utf8.RuneCountInString(value) > 256 || !tagText.MatchString(value) {
			return constraint(value, "tags.member.value", "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*, 0 to 256 characters")
		}
	}
	return nil
}

// checkSessionPolicies validates the policies passed with the session and
// returns how full the packed form is, in percent, or nil without any.
func checkSessionPolicies(s *identity.Snapshot, inline *string, managed []types.PolicyDescriptorType, tags []types.Tag) (*int32, error) {
	size := 0
	if inline != nil {
		if _, err := policy.Load([]byte(*inline), policy.Session); err != nil {
			return nil, malformed(err)
		}
		size += utf8.RuneCountInString(*inline)
	}
	if len(managed) > maxSessionPolicyARNs {
		return nil, invalid("A session takes at most %d managed policies.", maxSessionPolicyARNs)
	}
	for _, p := range managed {
		name := aws.ToString(p.Arn)
		if _, ok := s.Policy(name); !ok {
			return nil, malformed(fmt.Errorf("the managed policy %s does not exist", name))
		}
		size += len(name)
	}
	if size > maxSessionPolicy {
		return nil, awserr.New("PackedPolicyTooLarge", http.StatusBadRequest,
			"Packed policy consumes %d%% of allotted space, please use smaller policy.", 100*size/maxSessionPolicy)
	}
	if size == 0 && len(tags) == 0 {
		return nil, nil
	}
	for _, t := range tags {
		size += len(*t.Key) + len(aws.ToString(t.Value))
	}
	return aws.Int32(int32(min(100, max(1, 100*size/maxSessionPolicy)))), nil
}

func policyARNs(list []types.PolicyDescriptorType) (arns []string) {
	for _, p := range list {
		arns = append(arns, aws.ToString(p.Arn))
	}
	return arns
}

// malformed refuses a session policy in AWS's words; where its fault is stays
// with the cause.
func malformed(err error) *awserr.Error {
	message := err.Error()
	if e, ok := errors.AsType[*policy.MalformedError](err); ok {
		message = e.Message
	}
	return awserr.New("MalformedPolicyDocument", http.StatusBadRequest, "%s", message).Because(err)
}

func missing(member string) *awserr.Error {
	return invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

func constraint(value, member, rule string) *awserr.Error {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: "+
		"Member must satisfy regular expression pattern: %s", value, member, rule)
}

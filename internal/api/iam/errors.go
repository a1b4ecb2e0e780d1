package iam

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/policy"
)

// IAM's refusals. Codes and statuses are those of its API Reference. The texts
// are from memory of AWS's answers, unverified; all of them are in this file,
// but for the parameter checks, which are in parameters.go.

func noSuchEntity(format string, args ...any) *awserr.Error {
	return awserr.New("NoSuchEntity", http.StatusNotFound, format, args...)
}

// notFound is for what has a name: kind is "user", "group" or "role".
func notFound(kind, name string) *awserr.Error {
	return noSuchEntity("The %s with name %s cannot be found.", kind, name)
}

func noInlinePolicy(kind, name string) *awserr.Error {
	return noSuchEntity("The %s policy with name %s cannot be found.", kind, name)
}

func noPolicy(arn string) *awserr.Error { return noSuchEntity("Policy %s was not found.", arn) }

func notAttachable(arn string) *awserr.Error {
	return noSuchEntity("Policy %s does not exist or is not attachable.", arn)
}

func noPolicyVersion(arn, version string) *awserr.Error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", arn, version)
}

func noBoundaryPolicy(arn string) *awserr.Error {
	return noSuchEntity("Scope ARN: %s does not exist or is not attachable.", arn)
}

func noBoundary(kind, name string) *awserr.Error {
	return noSuchEntity("The %s with name %s has no permissions boundary.", kind, name)
}

func noAccessKey(id string) *awserr.Error {
	return noSuchEntity("The Access Key with id %s cannot be found.", id)
}

func noCredential(id string) *awserr.Error {
	return noSuchEntity("No such credential %s exists", id)
}

func alreadyExists(format string, args ...any) *awserr.Error {
	return awserr.New("EntityAlreadyExists", http.StatusConflict, format, args...)
}

// nameTaken is for kinds that AWS writes "User", "Group" or "Role".
func nameTaken(kind, name string) *awserr.Error {
	return alreadyExists("%s with name %s already exists.", strings.ToUpper(kind[:1])+kind[1:], name)
}

func policyNameTaken(name string) *awserr.Error {
	return alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", name)
}

func noAlias(alias string) *awserr.Error {
	return noSuchEntity("The account alias %s cannot be found.", alias)
}

func aliasTaken(alias string) *awserr.Error {
	return alreadyExists("The account alias %s already exists.", alias)
}

func limitExceeded(format string, args ...any) *awserr.Error {
	return awserr.New("LimitExceeded", http.StatusConflict, format, args...)
}

// quota names a quota as AWS does, e.g. "AccessKeysPerUser".
func quota(name string, limit int) *awserr.Error {
	return limitExceeded("Cannot exceed quota for %s: %d", name, limit)
}

func inlineTooLarge(limit int, kind, name string) *awserr.Error {
	return limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", limit, kind, name)
}

var (
	errTooManyTags     = limitExceeded("The number of tags has reached the maximum limit.")
	errTooManyVersions = limitExceeded("A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
)

// deleteConflict says what still hangs on an entity that is to be deleted.
func deleteConflict(text string) *awserr.Error {
	return awserr.New("DeleteConflict", http.StatusConflict, "%s", text)
}

var (
	errHasAccessKeys     = deleteConflict("Cannot delete entity, must delete access keys first.")
	errHasCredentials    = deleteConflict("Cannot delete entity, must delete service specific credentials first.")
	errHasInlinePolicies = deleteConflict("Cannot delete entity, must delete policies first.")
	errHasPolicies       = deleteConflict("Cannot delete entity, must detach all policies first.")
	errHasGroups         = deleteConflict("Cannot delete entity, must remove users from group first.")
	errPolicyInUse       = deleteConflict("Cannot delete a policy attached to entities.")
	errPolicyIsBoundary  = deleteConflict("Cannot delete a policy that is the permissions boundary of entities.")
	errPolicyHasVersions = deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	errVersionIsDefault  = deleteConflict("Cannot delete the default version of a policy.")
)

func invalidInput(format string, args ...any) *awserr.Error {
	return awserr.New("InvalidInput", http.StatusBadRequest, format, args...)
}

var (
	errDuplicateTags = invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	errReservedTag   = invalidInput("System tags cannot be added or deleted: a tag key must not begin with aws:")
)

// invalid is IAM's 400 for a parameter that breaks a rule.
func invalid(format string, args ...any) *awserr.Error {
	return awserr.New("ValidationError", http.StatusBadRequest, format, args...)
}

var (
	errMarker    = invalid("Invalid Marker. Use the Marker of the answer before, with the same parameters.")
	errAllAndOne = invalid("UserName and AllUsers cannot both be given.")
)

func notAnARN(text string) *awserr.Error { return invalid("ARN %s is not valid.", clip(text)) }

// errMustNameUser answers a role session that left out the user's name.
var errMustNameUser = invalid("Must specify userName when calling with non-User credentials")

// noSessions answers credentials of sts:GetSessionToken, which without MFA cannot
// call IAM, and of sts:GetFederationToken, which never can (STS API Reference). The
// code is from memory, the texts Hardpan's own, as AWS's say nothing but that the
// token is invalid.
func noSessions(kind identity.PrincipalKind) *awserr.Error {
	why := "GetSessionToken cannot call IAM without MFA, which Hardpan does not have"
	if kind == identity.FederatedUser {
		why = "GetFederationToken cannot call IAM"
	}
	return awserr.New("InvalidClientTokenId", http.StatusForbidden,
		"Credentials from %s. Sign the request with the user's own access key, or assume a role.", why)
}

func notSupported(service string) *awserr.Error {
	return awserr.New("NotSupportedService", http.StatusNotFound,
		"%s is not a service that has service-specific credentials here. Hardpan makes them for bedrock.amazonaws.com.", service)
}

// unmodifiable answers a change to one of AWS's own policies.
func unmodifiable(arn string) *awserr.Error {
	return awserr.New("AccessDenied", http.StatusForbidden, "Policy %s is managed by AWS and cannot be changed.", arn)
}

// unmodifiableRole answers a change to a service-linked role.
func unmodifiableRole(role, service string) *awserr.Error {
	return awserr.New("UnmodifiableEntity", http.StatusBadRequest,
		"Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS service %s", role, service)
}

func reservedPath(path string) *awserr.Error {
	return invalid("The path %s is reserved for roles that AWS services make.", clip(path))
}

// malformed is IAM's answer to a document that it does not store.
func malformed(err error) *awserr.Error {
	e, ok := errors.AsType[*policy.MalformedError](err)
	if !ok {
		return awserr.Internal(err)
	}
	return awserr.New("MalformedPolicyDocument", http.StatusBadRequest, "%s", e.Message).Because(err)
}

// noPrincipal refuses a trust policy that names someone who does not exist.
func noPrincipal(v policy.Value) *awserr.Error {
	return malformed(&policy.MalformedError{
		Message: fmt.Sprintf(`Invalid principal in policy: "AWS":"%s"`, v.Text),
		Detail:  "there is no such user or role", Pos: v.Pos,
	})
}

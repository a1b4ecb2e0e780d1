package iam_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// trust is a trust policy that lets a principal in.
func trust(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"}]}`
}

func TestRoleLife(t *testing.T) {
	w := newWorld(t)
	name, admin := aws.String("Reader"), aws.String("arn:aws:iam::aws:policy/AdministratorAccess")
	jane := w.user("jane", "")
	made := call(t, w.root.CreateRole, &awsiam.CreateRoleInput{
		RoleName: name, Path: aws.String("/svc/"), Description: aws.String("reads"), MaxSessionDuration: aws.Int32(7200),
		AssumeRolePolicyDocument: aws.String(trust(userARN("jane"))), PermissionsBoundary: admin,
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	}).Role
	equal(t, "arn", *made.Arn, "arn:aws:iam::"+account+":role/svc/Reader")
	equal(t, "id", (*made.RoleId)[:4], "AROA")
	got := call(t, w.root.GetRole, &awsiam.GetRoleInput{RoleName: aws.String("reader")}).Role
	document, err := url.PathUnescape(*got.AssumeRolePolicyDocument)
	must(t, err)
	equal(t, "trust policy", document, trust(userARN("jane")))
	equal(t, "duration", *got.MaxSessionDuration, 7200)
	equal(t, "boundary", *got.PermissionsBoundary.PermissionsBoundaryArn, *admin)
	equal(t, "description", *got.Description, "reads")
	refuse(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trust("*"))}, 409, "EntityAlreadyExists", "Role with name Reader already exists.")

	equal(t, "instance profiles", len(call(t, w.root.ListInstanceProfilesForRole, &awsiam.ListInstanceProfilesForRoleInput{RoleName: name}).InstanceProfiles), 0)

	// It can be assumed, and has what its policies give, until they are gone.
	call(t, w.root.PutRolePolicy, &awsiam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("p"), PolicyDocument: aws.String(allow("*", "iam:ListRoles"))})
	session := w.asRole(jane, *made.Arn)
	equal(t, "roles", len(call(t, session.ListRoles, &awsiam.ListRolesInput{PathPrefix: aws.String("/svc")}).Roles), 1)
	refuse(t, session.ListUsers, &awsiam.ListUsersInput{}, 403, "AccessDenied", "")
	refuse(t, w.root.DeleteRole, &awsiam.DeleteRoleInput{RoleName: name}, 409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	call(t, w.root.DeleteRolePolicy, &awsiam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String("p")})
	refuse(t, session.ListRoles, &awsiam.ListRolesInput{}, 403, "AccessDenied", "")

	call(t, w.root.UpdateRole, &awsiam.UpdateRoleInput{RoleName: name, MaxSessionDuration: aws.Int32(3600)})
	equal(t, "description stays", *call(t, w.root.GetRole, &awsiam.GetRoleInput{RoleName: name}).Role.Description, "reads")
	call(t, w.root.UpdateRole, &awsiam.UpdateRoleInput{RoleName: name, Description: aws.String("")})
	equal(t, "description gone", call(t, w.root.GetRole, &awsiam.GetRoleInput{RoleName: name}).Role.Description == nil, true)
	equal(t, "described", *call(t, w.root.UpdateRoleDescription, &awsiam.UpdateRoleDescriptionInput{RoleName: name, Description: aws.String("x")}).Role.Description, "x")
	call(t, w.root.UpdateAssumeRolePolicy, &awsiam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: aws.String(trust(account))})

	call(t, w.root.DeleteRolePermissionsBoundary, &awsiam.DeleteRolePermissionsBoundaryInput{RoleName: name})
	refuse(t, w.root.DeleteRolePermissionsBoundary, &awsiam.DeleteRolePermissionsBoundaryInput{RoleName: name}, 404, "NoSuchEntity", "")
	call(t, w.root.TagRole, &awsiam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: aws.String("k2"), Value: aws.String("v")}}})
	call(t, w.root.UntagRole, &awsiam.UntagRoleInput{RoleName: name, TagKeys: []string{"k"}})
	equal(t, "tags", *call(t, w.root.ListRoleTags, &awsiam.ListRoleTagsInput{RoleName: name}).Tags[0].Key, "k2")
	call(t, w.root.DeleteRole, &awsiam.DeleteRoleInput{RoleName: name})
	refuse(t, w.root.GetRole, &awsiam.GetRoleInput{RoleName: name}, 404, "NoSuchEntity", "The role with name Reader cannot be found.")
	refuse(t, session.ListRoles, &awsiam.ListRolesInput{}, 403, "InvalidClientTokenId", "")
}

func TestTrustPolicies(t *testing.T) {
	w := newWorld(t)
	other := w.newAccount("210987654321")
	call(t, other.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("far")})
	role := func(document string) *awsiam.CreateRoleInput {
		return &awsiam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: &document}
	}
	for _, principal := range []string{
		userARN("nobody"), "arn:aws:iam::" + account + ":role/none", "arn:aws:sts::" + account + ":assumed-role/none/s",
		"arn:aws:iam::210987654321:user/nobody", "arn:aws:iam::" + account + ":group/g", "jane",
	} {
		refuse(t, w.root.CreateRole, role(trust(principal)), 400, "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"`+principal+`"`)
	}
	refuse(t, w.root.CreateRole, role(allow("*", "sts:AssumeRole")), 400, "MalformedPolicyDocument", "Has prohibited field Resource.")
	refuse(t, w.root.CreateRole, role(strings.Replace(trust("*"), "sts:AssumeRole", "s3:GetObject", 1)), 400, "MalformedPolicyDocument", "")
	long := strings.Replace(trust("*"), `"Action"`, `"Condition":{"StringEquals":{"aws:userid":"`+strings.Repeat("x", 2048)+`"}},"Action"`, 1)
	refuse(t, w.root.CreateRole, role(long), 409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")
	for _, seconds := range []int32{3599, 43201} {
		in := role(trust("*"))
		in.MaxSessionDuration = &seconds
		refuse(t, w.root.CreateRole, in, 400, "ValidationError", "")
	}
	call(t, w.root.CreateRole, role(trust("arn:aws:iam::210987654321:user/far")))
	call(t, w.root.UpdateAssumeRolePolicy, &awsiam.UpdateAssumeRolePolicyInput{RoleName: aws.String("r"), PolicyDocument: aws.String(trust("arn:aws:iam::999999999999:root"))})
	refuse(t, w.root.UpdateAssumeRolePolicy, &awsiam.UpdateAssumeRolePolicyInput{RoleName: aws.String("r"), PolicyDocument: aws.String("{}")}, 400, "MalformedPolicyDocument", "")
	equal(t, "unchanged", strings.Contains(*call(t, w.root.GetRole, &awsiam.GetRoleInput{RoleName: aws.String("r")}).Role.AssumeRolePolicyDocument, "999999999999"), true)
}

func TestBoundaryLimitsAUser(t *testing.T) {
	w := newWorld(t)
	name := aws.String("jane")
	jane := w.user("jane", allow("*", "iam:*"))
	policy := call(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: aws.String("b"), PolicyDocument: aws.String(allow("*", "iam:ListRoles"))}).Policy.Arn
	missing := aws.String("arn:aws:iam::" + account + ":policy/none")
	refuse(t, w.root.PutUserPermissionsBoundary, &awsiam.PutUserPermissionsBoundaryInput{UserName: name, PermissionsBoundary: missing}, 404, "NoSuchEntity", "Scope ARN: "+*missing+" does not exist or is not attachable.")
	refuse(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("x"), PermissionsBoundary: missing}, 404, "NoSuchEntity", "")
	call(t, w.root.PutUserPermissionsBoundary, &awsiam.PutUserPermissionsBoundaryInput{UserName: name, PermissionsBoundary: policy})
	call(t, jane.ListRoles, &awsiam.ListRolesInput{})
	refuse(t, jane.ListUsers, &awsiam.ListUsersInput{}, 403, "AccessDenied",
		"User: "+userARN("jane")+" is not authorized to perform: iam:ListUsers on resource: "+userARN("")+" because no permissions boundary allows the iam:ListUsers action")
	equal(t, "count", *call(t, w.root.GetPolicy, &awsiam.GetPolicyInput{PolicyArn: policy}).Policy.PermissionsBoundaryUsageCount, 1)
	call(t, w.root.DeleteUserPermissionsBoundary, &awsiam.DeleteUserPermissionsBoundaryInput{UserName: name})
	call(t, jane.ListUsers, &awsiam.ListUsersInput{})
	refuse(t, w.root.DeleteUserPermissionsBoundary, &awsiam.DeleteUserPermissionsBoundaryInput{UserName: name}, 404, "NoSuchEntity", "")
}

package iam_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// sized is a valid policy of exactly n characters without white space, and
// white space besides.
func sized(n int) string {
	head, tail := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":"s3:`, `"}]}`
	return head + strings.Repeat("a", n-len(head)-len(tail)) + tail + "\n\t  "
}

func TestInlinePolicyRoundTrip(t *testing.T) {
	w := newWorld(t)
	document := "{\n \"Version\": \"2012-10-17\",\n \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"bedrock:InvokeModel*\", \"Resource\": \"*\"," +
		"\n  \"Condition\": {\"StringEquals\": {\"aws:PrincipalTag/a+b\": \"50% ü~&=/\"}}}\n}"
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("u")})
	call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: aws.String("g")})
	call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trust("*"))})
	name := aws.String("Two.Models+1")
	call(t, w.root.PutUserPolicy, &awsiam.PutUserPolicyInput{UserName: aws.String("u"), PolicyName: name, PolicyDocument: &document})
	call(t, w.root.PutGroupPolicy, &awsiam.PutGroupPolicyInput{GroupName: aws.String("g"), PolicyName: name, PolicyDocument: &document})
	call(t, w.root.PutRolePolicy, &awsiam.PutRolePolicyInput{RoleName: aws.String("r"), PolicyName: name, PolicyDocument: &document})

	u := call(t, w.root.GetUserPolicy, &awsiam.GetUserPolicyInput{UserName: aws.String("u"), PolicyName: name}).PolicyDocument
	g := call(t, w.root.GetGroupPolicy, &awsiam.GetGroupPolicyInput{GroupName: aws.String("g"), PolicyName: name}).PolicyDocument
	r := call(t, w.root.GetRolePolicy, &awsiam.GetRolePolicyInput{RoleName: aws.String("r"), PolicyName: name}).PolicyDocument
	for _, encoded := range []string{*u, *g, *r} {
		if !strings.HasPrefix(encoded, "%7B%0A%20%22Version%22%3A%20%222012-10-17%22") || strings.ContainsAny(encoded, "+*/&=\"") {
			t.Errorf("not RFC 3986: %s", encoded)
		}
		decoded, err := url.PathUnescape(encoded) // as the CLI and every SDK decode it
		must(t, err)
		equal(t, "document", decoded, document)
	}
	equal(t, "names", fmt.Sprint(call(t, w.root.ListUserPolicies, &awsiam.ListUserPoliciesInput{UserName: aws.String("u")}).PolicyNames), "[Two.Models+1]")

	call(t, w.root.DeleteUserPolicy, &awsiam.DeleteUserPolicyInput{UserName: aws.String("u"), PolicyName: name})
	call(t, w.root.DeleteGroupPolicy, &awsiam.DeleteGroupPolicyInput{GroupName: aws.String("g"), PolicyName: name})
	call(t, w.root.DeleteRolePolicy, &awsiam.DeleteRolePolicyInput{RoleName: aws.String("r"), PolicyName: name})
	refuse(t, w.root.GetUserPolicy, &awsiam.GetUserPolicyInput{UserName: aws.String("u"), PolicyName: name}, 404, "NoSuchEntity", "The user policy with name Two.Models+1 cannot be found.")
	refuse(t, w.root.DeleteGroupPolicy, &awsiam.DeleteGroupPolicyInput{GroupName: aws.String("g"), PolicyName: name}, 404, "NoSuchEntity", "The group policy with name Two.Models+1 cannot be found.")
	refuse(t, w.root.DeleteRolePolicy, &awsiam.DeleteRolePolicyInput{RoleName: aws.String("r"), PolicyName: name}, 404, "NoSuchEntity", "The role policy with name Two.Models+1 cannot be found.")
	refuse(t, w.root.PutUserPolicy, &awsiam.PutUserPolicyInput{UserName: aws.String("x"), PolicyName: name, PolicyDocument: &document}, 404, "NoSuchEntity", "The user with name x cannot be found.")
	equal(t, "none left", len(call(t, w.root.ListRolePolicies, &awsiam.ListRolePoliciesInput{RoleName: aws.String("r")}).PolicyNames), 0)
	equal(t, "none left", len(call(t, w.root.ListGroupPolicies, &awsiam.ListGroupPoliciesInput{GroupName: aws.String("g")}).PolicyNames), 0)
}

func TestPolicySizes(t *testing.T) {
	w := newWorld(t)
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("u")})
	call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: aws.String("g")})
	call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trust("*"))})
	put := func(name string, size int) *awsiam.PutUserPolicyInput {
		return &awsiam.PutUserPolicyInput{UserName: aws.String("u"), PolicyName: &name, PolicyDocument: aws.String(sized(size))}
	}
	const text = "Maximum policy size of 2048 bytes exceeded for user u"
	call(t, w.root.PutUserPolicy, put("a", 2048))
	call(t, w.root.PutUserPolicy, put("a", 1024)) // what it replaces does not count
	call(t, w.root.PutUserPolicy, put("b", 1024))
	refuse(t, w.root.PutUserPolicy, put("b", 1025), 409, "LimitExceeded", text)
	refuse(t, w.root.PutUserPolicy, put("c", 100), 409, "LimitExceeded", text)

	call(t, w.root.PutGroupPolicy, &awsiam.PutGroupPolicyInput{GroupName: aws.String("g"), PolicyName: aws.String("p"), PolicyDocument: aws.String(sized(5120))})
	refuse(t, w.root.PutGroupPolicy, &awsiam.PutGroupPolicyInput{GroupName: aws.String("g"), PolicyName: aws.String("p"), PolicyDocument: aws.String(sized(5121))}, 409, "LimitExceeded", "Maximum policy size of 5120 bytes exceeded for group g")
	call(t, w.root.PutRolePolicy, &awsiam.PutRolePolicyInput{RoleName: aws.String("r"), PolicyName: aws.String("p"), PolicyDocument: aws.String(sized(10240))})
	refuse(t, w.root.PutRolePolicy, &awsiam.PutRolePolicyInput{RoleName: aws.String("r"), PolicyName: aws.String("p"), PolicyDocument: aws.String(sized(10241))}, 409, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role r")
	call(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(sized(6144))})
	refuse(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: aws.String("q"), PolicyDocument: aws.String(sized(6145))}, 409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
}

func TestMalformedDocuments(t *testing.T) {
	w := newWorld(t)
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("u")})
	for document, text := range map[string]string{
		`{`:               "Syntax errors in policy.",
		`{"Version":"a"}`: "",
		`{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}`: "Syntax errors in policy.",
		allow("*", "s3"):            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
		allow("not-an-arn", "s3:*"): `Resource not-an-arn must be in ARN format or "*".`,
		trust("*"):                  "",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}`: "Policy statement must contain resources.",
	} {
		refuse(t, w.root.PutUserPolicy, &awsiam.PutUserPolicyInput{UserName: aws.String("u"), PolicyName: aws.String("p"), PolicyDocument: &document}, 400, "MalformedPolicyDocument", text)
		refuse(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: &document}, 400, "MalformedPolicyDocument", text)
	}
	refuse(t, w.root.PutUserPolicy, &awsiam.PutUserPolicyInput{UserName: aws.String("u"), PolicyName: aws.String("p"), PolicyDocument: aws.String(`{"Id":"→"}`)}, 400, "ValidationError", "")
	equal(t, "nothing stored", len(call(t, w.root.ListUserPolicies, &awsiam.ListUserPoliciesInput{UserName: aws.String("u")}).PolicyNames), 0)
}

func TestManagedPolicyLife(t *testing.T) {
	w := newWorld(t)
	made := call(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{
		PolicyName: aws.String("Models"), Path: aws.String("/x/"), Description: aws.String("d"), PolicyDocument: aws.String(allow("*", "iam:ListUsers")),
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	}).Policy
	arn := made.Arn
	equal(t, "arn", *arn, "arn:aws:iam::"+account+":policy/x/Models")
	refuse(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: aws.String("models"), PolicyDocument: aws.String(allow("*", "s3:*"))}, 409, "EntityAlreadyExists", "A policy called models already exists. Duplicate names are not allowed.")

	jane := w.user("jane", "")
	refuse(t, jane.ListUsers, &awsiam.ListUsersInput{}, 403, "AccessDenied",
		"User: "+userARN("jane")+" is not authorized to perform: iam:ListUsers on resource: "+userARN("")+" because no identity-based policy allows the iam:ListUsers action")
	call(t, w.root.AttachUserPolicy, &awsiam.AttachUserPolicyInput{UserName: aws.String("jane"), PolicyArn: arn})
	call(t, w.root.AttachUserPolicy, &awsiam.AttachUserPolicyInput{UserName: aws.String("jane"), PolicyArn: arn}) // again
	call(t, jane.ListUsers, &awsiam.ListUsersInput{})
	got := call(t, w.root.GetPolicy, &awsiam.GetPolicyInput{PolicyArn: arn}).Policy
	equal(t, "attachments", *got.AttachmentCount, 1)
	equal(t, "description", *got.Description, "d")

	// A second version takes effect when it becomes the default.
	v2 := call(t, w.root.CreatePolicyVersion, &awsiam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allow("*", "s3:*"))}).PolicyVersion
	equal(t, "version", *v2.VersionId, "v2")
	call(t, jane.ListUsers, &awsiam.ListUsersInput{})
	call(t, w.root.SetDefaultPolicyVersion, &awsiam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: v2.VersionId})
	refuse(t, jane.ListUsers, &awsiam.ListUsersInput{}, 403, "AccessDenied", "")
	refuse(t, w.root.DeletePolicyVersion, &awsiam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: v2.VersionId}, 409, "DeleteConflict", "Cannot delete the default version of a policy.")

	for range 3 {
		call(t, w.root.CreatePolicyVersion, &awsiam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allow("*", "iam:*")), SetAsDefault: true})
	}
	refuse(t, w.root.CreatePolicyVersion, &awsiam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allow("*", "iam:*"))}, 409, "LimitExceeded", "")
	call(t, w.root.DeletePolicyVersion, &awsiam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")})
	refuse(t, w.root.GetPolicyVersion, &awsiam.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}, 404, "NoSuchEntity", "Policy "+*arn+" version v1 does not exist or is not attachable.")
	v6 := call(t, w.root.CreatePolicyVersion, &awsiam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allow("*", "s3:Get*"))}).PolicyVersion
	equal(t, "numbers are not used twice", *v6.VersionId, "v6")
	shown := call(t, w.root.GetPolicyVersion, &awsiam.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v6")}).PolicyVersion
	decoded, err := url.PathUnescape(*shown.Document)
	must(t, err)
	equal(t, "document", decoded, allow("*", "s3:Get*"))
	var order []string
	for _, v := range call(t, w.root.ListPolicyVersions, &awsiam.ListPolicyVersionsInput{PolicyArn: arn}).Versions {
		order = append(order, *v.VersionId)
		equal(t, "default "+*v.VersionId, v.IsDefaultVersion, *v.VersionId == "v5")
	}
	equal(t, "order", strings.Join(order, " "), "v6 v5 v4 v3 v2")

	refuse(t, w.root.DeletePolicy, &awsiam.DeletePolicyInput{PolicyArn: arn}, 409, "DeleteConflict", "Cannot delete a policy attached to entities.")
	call(t, w.root.DetachUserPolicy, &awsiam.DetachUserPolicyInput{UserName: aws.String("jane"), PolicyArn: arn})
	refuse(t, w.root.DetachUserPolicy, &awsiam.DetachUserPolicyInput{UserName: aws.String("jane"), PolicyArn: arn}, 404, "NoSuchEntity", "Policy "+*arn+" was not found.")
	call(t, w.root.PutUserPermissionsBoundary, &awsiam.PutUserPermissionsBoundaryInput{UserName: aws.String("jane"), PermissionsBoundary: arn})
	refuse(t, w.root.DeletePolicy, &awsiam.DeletePolicyInput{PolicyArn: arn}, 409, "DeleteConflict", "Cannot delete a policy that is the permissions boundary of entities.")
	call(t, w.root.DeleteUserPermissionsBoundary, &awsiam.DeleteUserPermissionsBoundaryInput{UserName: aws.String("jane")})
	refuse(t, w.root.DeletePolicy, &awsiam.DeletePolicyInput{PolicyArn: arn}, 409, "DeleteConflict", "")
	for _, v := range []string{"v2", "v3", "v4", "v6"} {
		call(t, w.root.DeletePolicyVersion, &awsiam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: &v})
	}
	call(t, w.root.DeletePolicy, &awsiam.DeletePolicyInput{PolicyArn: arn})
	refuse(t, w.root.GetPolicy, &awsiam.GetPolicyInput{PolicyArn: arn}, 404, "NoSuchEntity", "Policy "+*arn+" was not found.")
	refuse(t, w.root.AttachUserPolicy, &awsiam.AttachUserPolicyInput{UserName: aws.String("jane"), PolicyArn: arn}, 404, "NoSuchEntity", "Policy "+*arn+" does not exist or is not attachable.")
}

func TestAWSManagedPolicies(t *testing.T) {
	w := newWorld(t)
	limited := aws.String("arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess")
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("u")})
	call(t, w.root.AttachUserPolicy, &awsiam.AttachUserPolicyInput{UserName: aws.String("u"), PolicyArn: limited})
	equal(t, "attachments", *call(t, w.root.GetPolicy, &awsiam.GetPolicyInput{PolicyArn: limited}).Policy.AttachmentCount, 1)
	version := call(t, w.root.GetPolicyVersion, &awsiam.GetPolicyVersionInput{PolicyArn: limited, VersionId: aws.String("v1")}).PolicyVersion
	equal(t, "has a document", strings.Contains(*version.Document, "bedrock%3AInvokeModel"), true)
	refuse(t, w.root.DeletePolicy, &awsiam.DeletePolicyInput{PolicyArn: limited}, 403, "AccessDenied", "")
	refuse(t, w.root.CreatePolicyVersion, &awsiam.CreatePolicyVersionInput{PolicyArn: limited, PolicyDocument: aws.String(allow("*", "s3:*"))}, 403, "AccessDenied", "")
	refuse(t, w.root.TagPolicy, &awsiam.TagPolicyInput{PolicyArn: limited, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}, 403, "AccessDenied", "")

	call(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: aws.String("mine"), Path: aws.String("/p/"), PolicyDocument: aws.String(allow("*", "s3:*"))})
	names := func(in *awsiam.ListPoliciesInput) string {
		var list []string
		for {
			out := call(t, w.root.ListPolicies, in)
			for _, p := range out.Policies {
				list = append(list, *p.PolicyName)
			}
			if !out.IsTruncated {
				return strings.Join(list, " ")
			}
			in.Marker = out.Marker
		}
	}
	const own = "AdministratorAccess AmazonBedrockFullAccess AmazonBedrockLimitedAccess AmazonBedrockReadOnly"
	equal(t, "all, one a page", names(&awsiam.ListPoliciesInput{MaxItems: aws.Int32(1)}), own+" mine")
	equal(t, "AWS", names(&awsiam.ListPoliciesInput{Scope: types.PolicyScopeTypeAws}), own)
	equal(t, "local", names(&awsiam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal}), "mine")
	equal(t, "attached", names(&awsiam.ListPoliciesInput{OnlyAttached: true}), "AmazonBedrockLimitedAccess")
	equal(t, "path", names(&awsiam.ListPoliciesInput{PathPrefix: aws.String("/p/")}), "mine")
	equal(t, "boundaries", names(&awsiam.ListPoliciesInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}), "")
}

func TestAttachmentLimitAndEntities(t *testing.T) {
	w := newWorld(t)
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("u"), Path: aws.String("/a/")})
	call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: aws.String("g")})
	call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trust("*"))})
	var arns []*string
	for i := range 11 {
		p := call(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: aws.String(fmt.Sprintf("p%d", i)), PolicyDocument: aws.String(allow("*", "s3:*"))})
		arns = append(arns, p.Policy.Arn)
	}
	for _, arn := range arns[:10] {
		call(t, w.root.AttachUserPolicy, &awsiam.AttachUserPolicyInput{UserName: aws.String("u"), PolicyArn: arn})
		call(t, w.root.AttachGroupPolicy, &awsiam.AttachGroupPolicyInput{GroupName: aws.String("g"), PolicyArn: arn})
		call(t, w.root.AttachRolePolicy, &awsiam.AttachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: arn})
	}
	refuse(t, w.root.AttachUserPolicy, &awsiam.AttachUserPolicyInput{UserName: aws.String("u"), PolicyArn: arns[10]}, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerUser: 10")
	refuse(t, w.root.AttachGroupPolicy, &awsiam.AttachGroupPolicyInput{GroupName: aws.String("g"), PolicyArn: arns[10]}, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerGroup: 10")
	refuse(t, w.root.AttachRolePolicy, &awsiam.AttachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: arns[10]}, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
	refuse(t, w.root.DeleteGroup, &awsiam.DeleteGroupInput{GroupName: aws.String("g")}, 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	refuse(t, w.root.DeleteRole, &awsiam.DeleteRoleInput{RoleName: aws.String("r")}, 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")

	list := call(t, w.root.ListAttachedUserPolicies, &awsiam.ListAttachedUserPoliciesInput{UserName: aws.String("u"), MaxItems: aws.Int32(4)})
	equal(t, "page", len(list.AttachedPolicies), 4)
	rest := call(t, w.root.ListAttachedUserPolicies, &awsiam.ListAttachedUserPoliciesInput{UserName: aws.String("u"), Marker: list.Marker})
	equal(t, "rest", len(rest.AttachedPolicies), 6)
	equal(t, "of the role", len(call(t, w.root.ListAttachedRolePolicies, &awsiam.ListAttachedRolePoliciesInput{RoleName: aws.String("r")}).AttachedPolicies), 10)
	equal(t, "of the group", len(call(t, w.root.ListAttachedGroupPolicies, &awsiam.ListAttachedGroupPoliciesInput{GroupName: aws.String("g")}).AttachedPolicies), 10)

	call(t, w.root.PutRolePermissionsBoundary, &awsiam.PutRolePermissionsBoundaryInput{RoleName: aws.String("r"), PermissionsBoundary: arns[10]})
	entities := func(in awsiam.ListEntitiesForPolicyInput) string {
		out := call(t, w.root.ListEntitiesForPolicy, &in)
		return fmt.Sprint(len(out.PolicyUsers), len(out.PolicyGroups), len(out.PolicyRoles), out.IsTruncated)
	}
	equal(t, "entities", entities(awsiam.ListEntitiesForPolicyInput{PolicyArn: arns[0]}), "1 1 1 false")
	equal(t, "two", entities(awsiam.ListEntitiesForPolicyInput{PolicyArn: arns[0], MaxItems: aws.Int32(2)}), "0 1 1 true")
	equal(t, "roles", entities(awsiam.ListEntitiesForPolicyInput{PolicyArn: arns[0], EntityFilter: types.EntityTypeRole}), "0 0 1 false")
	equal(t, "path", entities(awsiam.ListEntitiesForPolicyInput{PolicyArn: arns[0], PathPrefix: aws.String("/a/")}), "1 0 0 false")
	equal(t, "boundary", entities(awsiam.ListEntitiesForPolicyInput{PolicyArn: arns[10]}), "0 0 1 false")
	equal(t, "boundary only", entities(awsiam.ListEntitiesForPolicyInput{PolicyArn: arns[0], PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}), "0 0 0 false")

	call(t, w.root.DetachGroupPolicy, &awsiam.DetachGroupPolicyInput{GroupName: aws.String("g"), PolicyArn: arns[0]})
	call(t, w.root.DetachRolePolicy, &awsiam.DetachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: arns[0]})
	equal(t, "entities", entities(awsiam.ListEntitiesForPolicyInput{PolicyArn: arns[0]}), "1 0 0 false")
}

func TestPolicyTags(t *testing.T) {
	w := newWorld(t)
	arn := call(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allow("*", "s3:*"))}).Policy.Arn
	call(t, w.root.TagPolicy, &awsiam.TagPolicyInput{PolicyArn: arn, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}})
	equal(t, "tags", len(call(t, w.root.ListPolicyTags, &awsiam.ListPolicyTagsInput{PolicyArn: arn}).Tags), 1)
	call(t, w.root.UntagPolicy, &awsiam.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"A"}})
	equal(t, "tags", len(call(t, w.root.ListPolicyTags, &awsiam.ListPolicyTagsInput{PolicyArn: arn}).Tags), 0)
}

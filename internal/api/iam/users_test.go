package iam_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestUserLife(t *testing.T) {
	w := newWorld(t)
	made := call(t, w.root.CreateUser, &awsiam.CreateUserInput{
		UserName: aws.String("Jane"), Path: aws.String("/team/a/"),
		Tags: []types.Tag{{Key: aws.String("Dept"), Value: aws.String("x")}},
	}).User
	equal(t, "arn", *made.Arn, userARN("team/a/Jane"))
	equal(t, "id", (*made.UserId)[:4], "AIDA")
	equal(t, "created", made.CreateDate.Equal(w.now), true)
	equal(t, "tags", len(made.Tags), 1)

	refuse(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("JANE")}, 409, "EntityAlreadyExists", "User with name JANE already exists.")
	got := call(t, w.root.GetUser, &awsiam.GetUserInput{UserName: aws.String("jane")}).User
	equal(t, "name keeps its case", *got.UserName, "Jane")
	equal(t, "tag", *got.Tags[0].Value, "x")

	call(t, w.root.UpdateUser, &awsiam.UpdateUserInput{UserName: aws.String("Jane"), NewUserName: aws.String("jane2"), NewPath: aws.String("/")})
	got = call(t, w.root.GetUser, &awsiam.GetUserInput{UserName: aws.String("jane2")}).User
	equal(t, "new arn", *got.Arn, userARN("jane2"))
	equal(t, "same id", *got.UserId, *made.UserId)
	refuse(t, w.root.GetUser, &awsiam.GetUserInput{UserName: aws.String("Jane")}, 404, "NoSuchEntity", "The user with name Jane cannot be found.")

	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("other")})
	refuse(t, w.root.UpdateUser, &awsiam.UpdateUserInput{UserName: aws.String("other"), NewUserName: aws.String("JANE2")}, 409, "EntityAlreadyExists", "User with name JANE2 already exists.")
	call(t, w.root.UpdateUser, &awsiam.UpdateUserInput{UserName: aws.String("jane2"), NewUserName: aws.String("JANE2")}) // its own name in another case

	call(t, w.root.DeleteUser, &awsiam.DeleteUserInput{UserName: aws.String("jane2")})
	refuse(t, w.root.DeleteUser, &awsiam.DeleteUserInput{UserName: aws.String("jane2")}, 404, "NoSuchEntity", "The user with name jane2 cannot be found.")
	again := call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("jane2")}).User
	equal(t, "a new user is another", *again.UserId == *made.UserId, false)
}

func TestUserTags(t *testing.T) {
	w := newWorld(t)
	name := aws.String("jane")
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: name})
	tag := func(key, value string) []types.Tag { return []types.Tag{{Key: &key, Value: &value}} }
	call(t, w.root.TagUser, &awsiam.TagUserInput{UserName: name, Tags: tag("Dept", "a")})
	call(t, w.root.TagUser, &awsiam.TagUserInput{UserName: name, Tags: tag("dept", "")})
	tags := call(t, w.root.ListUserTags, &awsiam.ListUserTagsInput{UserName: name}).Tags
	if len(tags) != 1 || *tags[0].Key != "dept" || *tags[0].Value != "" {
		t.Errorf("keys compare without case: %v", tags)
	}
	refuse(t, w.root.TagUser, &awsiam.TagUserInput{UserName: name, Tags: append(tag("a", "1"), tag("A", "2")...)}, 400, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	refuse(t, w.root.TagUser, &awsiam.TagUserInput{UserName: name, Tags: tag("AWS:x", "1")}, 400, "InvalidInput", "")
	refuse(t, w.root.TagUser, &awsiam.TagUserInput{UserName: name, Tags: tag("a*", "1")}, 400, "ValidationError", "")

	var many []types.Tag
	for i := range 49 {
		many = append(many, tag("k"+strings.Repeat("x", i), "v")...)
	}
	call(t, w.root.TagUser, &awsiam.TagUserInput{UserName: name, Tags: many})
	refuse(t, w.root.TagUser, &awsiam.TagUserInput{UserName: name, Tags: tag("51st", "v")}, 409, "LimitExceeded", "The number of tags has reached the maximum limit.")
	call(t, w.root.TagUser, &awsiam.TagUserInput{UserName: name, Tags: tag("DEPT", "b")}) // one that is there may change

	first := call(t, w.root.ListUserTags, &awsiam.ListUserTagsInput{UserName: name, MaxItems: aws.Int32(30)})
	second := call(t, w.root.ListUserTags, &awsiam.ListUserTagsInput{UserName: name, MaxItems: aws.Int32(30), Marker: first.Marker})
	equal(t, "tags on two pages", len(first.Tags)+len(second.Tags), 50)
	equal(t, "second is last", second.IsTruncated, false)

	call(t, w.root.UntagUser, &awsiam.UntagUserInput{UserName: name, TagKeys: []string{"Dept", "not-there"}})
	equal(t, "tags left", len(call(t, w.root.ListUserTags, &awsiam.ListUserTagsInput{UserName: name}).Tags), 49)
	call(t, w.root.DeleteUser, &awsiam.DeleteUserInput{UserName: name}) // tags do not hold a user
}

func TestCallerWithoutAName(t *testing.T) {
	w := newWorld(t)
	root := call(t, w.root.GetUser, &awsiam.GetUserInput{}).User
	equal(t, "root", *root.Arn, "arn:aws:iam::"+account+":root")
	equal(t, "root's id", *root.UserId, account)
	equal(t, "root's keys", len(call(t, w.root.ListAccessKeys, &awsiam.ListAccessKeysInput{}).AccessKeyMetadata), 1)

	jane := w.user("jane", allow(userARN("${aws:username}"), "iam:*AccessKey*", "iam:GetUser", "iam:*ServiceSpecific*"))
	equal(t, "jane", *call(t, jane.GetUser, &awsiam.GetUserInput{}).User.UserName, "jane")
	second := call(t, jane.CreateAccessKey, &awsiam.CreateAccessKeyInput{}).AccessKey
	equal(t, "owner", *second.UserName, "jane")
	equal(t, "keys", len(call(t, jane.ListAccessKeys, &awsiam.ListAccessKeysInput{}).AccessKeyMetadata), 2)
	call(t, jane.UpdateAccessKey, &awsiam.UpdateAccessKeyInput{AccessKeyId: second.AccessKeyId, Status: types.StatusTypeInactive})
	call(t, jane.DeleteAccessKey, &awsiam.DeleteAccessKeyInput{AccessKeyId: second.AccessKeyId})
	equal(t, "credentials", len(call(t, jane.ListServiceSpecificCredentials, &awsiam.ListServiceSpecificCredentialsInput{}).ServiceSpecificCredentials), 0)
	equal(t, "root's credentials", len(call(t, w.root.ListServiceSpecificCredentials, &awsiam.ListServiceSpecificCredentialsInput{}).ServiceSpecificCredentials), 0)

	role := call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trust(userARN("jane")))}).Role
	call(t, w.root.AttachRolePolicy, &awsiam.AttachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
	session := w.asRole(jane, *role.Arn)
	const text = "Must specify userName when calling with non-User credentials"
	refuse(t, session.GetUser, &awsiam.GetUserInput{}, 400, "ValidationError", text)
	refuse(t, session.CreateAccessKey, &awsiam.CreateAccessKeyInput{}, 400, "ValidationError", text)
	call(t, session.GetUser, &awsiam.GetUserInput{UserName: aws.String("jane")})
}

func TestSessionTokensCannotCallIAM(t *testing.T) {
	w := newWorld(t)
	for _, client := range []*awsiam.Client{w.root, w.user("jane", allow("*", "*"))} {
		out, err := stsOf(client).GetSessionToken(t.Context(), &awssts.GetSessionTokenInput{})
		must(t, err)
		session := w.client(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
		refuse(t, session.ListUsers, &awsiam.ListUsersInput{}, 403, "InvalidClientTokenId", "")
	}
}

func TestDeleteUserConflicts(t *testing.T) {
	w := newWorld(t)
	name := aws.String("jane")
	in := &awsiam.DeleteUserInput{UserName: name}
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: name})
	full := aws.String("arn:aws:iam::aws:policy/AmazonBedrockFullAccess")

	key := call(t, w.root.CreateAccessKey, &awsiam.CreateAccessKeyInput{UserName: name}).AccessKey.AccessKeyId
	refuse(t, w.root.DeleteUser, in, 409, "DeleteConflict", "Cannot delete entity, must delete access keys first.")
	call(t, w.root.DeleteAccessKey, &awsiam.DeleteAccessKeyInput{UserName: name, AccessKeyId: key})

	credential := call(t, w.root.CreateServiceSpecificCredential, bedrockKey("jane")).ServiceSpecificCredential.ServiceSpecificCredentialId
	refuse(t, w.root.DeleteUser, in, 409, "DeleteConflict", "Cannot delete entity, must delete service specific credentials first.")
	call(t, w.root.DeleteServiceSpecificCredential, &awsiam.DeleteServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: credential})

	call(t, w.root.PutUserPolicy, &awsiam.PutUserPolicyInput{UserName: name, PolicyName: aws.String("p"), PolicyDocument: aws.String(allow("*", "s3:*"))})
	refuse(t, w.root.DeleteUser, in, 409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	call(t, w.root.DeleteUserPolicy, &awsiam.DeleteUserPolicyInput{UserName: name, PolicyName: aws.String("p")})

	call(t, w.root.AttachUserPolicy, &awsiam.AttachUserPolicyInput{UserName: name, PolicyArn: full})
	refuse(t, w.root.DeleteUser, in, 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	call(t, w.root.DetachUserPolicy, &awsiam.DetachUserPolicyInput{UserName: name, PolicyArn: full})

	call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: aws.String("g")})
	call(t, w.root.AddUserToGroup, &awsiam.AddUserToGroupInput{UserName: name, GroupName: aws.String("g")})
	refuse(t, w.root.DeleteUser, in, 409, "DeleteConflict", "Cannot delete entity, must remove users from group first.")
	refuse(t, w.root.DeleteGroup, &awsiam.DeleteGroupInput{GroupName: aws.String("g")}, 409, "DeleteConflict", "Cannot delete entity, must remove users from group first.")
	call(t, w.root.RemoveUserFromGroup, &awsiam.RemoveUserFromGroupInput{UserName: name, GroupName: aws.String("g")})

	call(t, w.root.PutUserPermissionsBoundary, &awsiam.PutUserPermissionsBoundaryInput{UserName: name, PermissionsBoundary: full})
	call(t, w.root.DeleteUser, in) // a boundary does not hold a user
}

package iam_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
)

// A trust policy means the user it named: under another name too, and nobody
// else under the same.
func TestTrustIsOfAPersonNotOfAName(t *testing.T) {
	w := newWorld(t)
	jane := w.user("jane", "")
	id := *call(t, w.root.GetUser, &awsiam.GetUserInput{UserName: aws.String("jane")}).User.UserId
	written := `{"Version":"2012-10-17", "Statement":[{"Effect":"Allow", "Action":"sts:AssumeRole",
		"Principal":{"AWS":["arn:aws:iam::` + account + `:user\/jane", "` + userARN("jane") + `", "arn:aws:iam::` + account + `:root"]},
		"Condition":{"ArnNotLike":{"aws:PrincipalArn":["` + userARN("jane2") + `"]}}}]}`
	call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("Reader"), AssumeRolePolicyDocument: &written})
	role := "arn:aws:iam::" + account + ":role/Reader"
	shows := func(want string) {
		t.Helper()
		got, err := url.PathUnescape(*call(t, w.root.GetRole, &awsiam.GetRoleInput{RoleName: aws.String("Reader")}).Role.AssumeRolePolicyDocument)
		must(t, err)
		equal(t, "trust policy", got, want)
	}
	shows(written)
	w.asRole(jane, role)

	call(t, w.root.UpdateUser, &awsiam.UpdateUserInput{UserName: aws.String("jane"), NewUserName: aws.String("joan")})
	moved := strings.NewReplacer(`:user\/jane"`, `:user/joan"`, `:user/jane"`, `:user/joan"`).Replace(written)
	shows(moved)
	w.asRole(jane, role)

	for _, key := range call(t, w.root.ListAccessKeys, &awsiam.ListAccessKeysInput{UserName: aws.String("joan")}).AccessKeyMetadata {
		call(t, w.root.DeleteAccessKey, &awsiam.DeleteAccessKeyInput{UserName: aws.String("joan"), AccessKeyId: key.AccessKeyId})
	}
	call(t, w.root.DeleteUser, &awsiam.DeleteUserInput{UserName: aws.String("joan")})
	shows(strings.ReplaceAll(moved, userARN("joan"), id))
	_, err := stsOf(w.user("joan", "")).AssumeRole(context.Background(), &awssts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")})
	refusedWith(t, err, 403, "AccessDenied", "no identity-based policy allows") // the account is named still, and she has no policy

	// What is shown can be stored again.
	document := strings.ReplaceAll(moved, userARN("joan"), id)
	call(t, w.root.UpdateAssumeRolePolicy, &awsiam.UpdateAssumeRolePolicyInput{RoleName: aws.String("Reader"), PolicyDocument: &document})
}

func TestTrustInADeletedRole(t *testing.T) {
	w := newWorld(t)
	call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("First"), AssumeRolePolicyDocument: aws.String(trust(account))})
	first := "arn:aws:iam::" + account + ":role/First"
	id := *call(t, w.root.GetRole, &awsiam.GetRoleInput{RoleName: aws.String("First")}).Role.RoleId
	call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("Second"), AssumeRolePolicyDocument: aws.String(trust(first))})
	call(t, w.root.DeleteRole, &awsiam.DeleteRoleInput{RoleName: aws.String("First")})
	got, err := url.PathUnescape(*call(t, w.root.GetRole, &awsiam.GetRoleInput{RoleName: aws.String("Second")}).Role.AssumeRolePolicyDocument)
	must(t, err)
	equal(t, "trust policy", got, trust(id))
}

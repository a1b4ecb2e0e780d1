package iam_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestServiceLinkedRole(t *testing.T) {
	w := newWorld(t)
	made := call(t, w.root.CreateServiceLinkedRole, &awsiam.CreateServiceLinkedRoleInput{
		AWSServiceName: aws.String("sso.amazonaws.com"), Description: aws.String("signs people in"),
	}).Role
	name := made.RoleName
	equal(t, "arn", *made.Arn, "arn:aws:iam::"+account+":role/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO")
	document, err := url.PathUnescape(*made.AssumeRolePolicyDocument)
	must(t, err)
	equal(t, "trust", document, `{"Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{"Service":["sso.amazonaws.com"]}}],"Version":"2012-10-17"}`)
	refuseWith(t, w.root.CreateServiceLinkedRole, &awsiam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("sso.amazonaws.com")}, 400, "InvalidInput", "has been taken in this account")

	// Nobody but the service may change or assume it.
	admin, all := aws.String("arn:aws:iam::aws:policy/AdministratorAccess"), aws.String(allow("*", "*"))
	protected := func(err error) {
		t.Helper()
		refusedWith(t, err, 400, "UnmodifiableEntity", "only modifiable by AWS service sso.amazonaws.com")
	}
	for _, err := range []error{
		failed(w.root.AttachRolePolicy, &awsiam.AttachRolePolicyInput{RoleName: name, PolicyArn: admin}),
		failed(w.root.DetachRolePolicy, &awsiam.DetachRolePolicyInput{RoleName: name, PolicyArn: admin}),
		failed(w.root.PutRolePolicy, &awsiam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("p"), PolicyDocument: all}),
		failed(w.root.DeleteRolePolicy, &awsiam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String("p")}),
		failed(w.root.PutRolePermissionsBoundary, &awsiam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: admin}),
		failed(w.root.DeleteRolePermissionsBoundary, &awsiam.DeleteRolePermissionsBoundaryInput{RoleName: name}),
		failed(w.root.UpdateAssumeRolePolicy, &awsiam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: aws.String(trust("*"))}),
		failed(w.root.UpdateRole, &awsiam.UpdateRoleInput{RoleName: name, MaxSessionDuration: aws.Int32(7200)}),
		failed(w.root.DeleteRole, &awsiam.DeleteRoleInput{RoleName: name}),
	} {
		protected(err)
	}
	jane := w.user("jane", allow("*", "*"))
	_, err = stsOf(jane).AssumeRole(t.Context(), &awssts.AssumeRoleInput{RoleArn: made.Arn, RoleSessionName: aws.String("session")})
	refusedWith(t, err, 403, "AccessDenied", "no role trust policy allows")
	call(t, w.root.UpdateRole, &awsiam.UpdateRoleInput{RoleName: name, Description: aws.String("other words")})
	call(t, w.root.TagRole, &awsiam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}})

	task := call(t, w.root.DeleteServiceLinkedRole, &awsiam.DeleteServiceLinkedRoleInput{RoleName: name}).DeletionTaskId
	equal(t, "task", strings.HasPrefix(*task, "task/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO/"), true)
	refuseWith(t, w.root.GetRole, &awsiam.GetRoleInput{RoleName: name}, 404, "NoSuchEntity", "")
	equal(t, "status", call(t, w.root.GetServiceLinkedRoleDeletionStatus, &awsiam.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: task}).Status, types.DeletionTaskStatusTypeSucceeded)
	for _, made := range []string{"task", (*task)[:len(*task)-1] + "x", strings.Replace(*task, "ForSSO", "ForOrganizations", 1)} {
		refuseWith(t, w.root.GetServiceLinkedRoleDeletionStatus, &awsiam.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: &made}, 404, "NoSuchEntity", "")
	}
}

func TestServiceLinkedRolesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	refuseWith(t, w.root.CreateServiceLinkedRole, &awsiam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("ec2.amazonaws.com")}, 400, "InvalidInput", "no service-linked role for ec2.amazonaws.com")
	refuseWith(t, w.root.CreateServiceLinkedRole, &awsiam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("sso.amazonaws.com"), CustomSuffix: aws.String("x")}, 400, "InvalidInput", "Custom suffix is not allowed")
	for _, path := range []string{"/aws-service-role/sso.amazonaws.com/", "/aws-reserved/sso.amazonaws.com/"} {
		refuseWith(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("AWSServiceRoleForSSO"), Path: &path, AssumeRolePolicyDocument: aws.String(trust("*"))},
			400, "ValidationError", "is reserved")
	}
	call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("mine"), AssumeRolePolicyDocument: aws.String(trust("*"))})
	refuseWith(t, w.root.DeleteServiceLinkedRole, &awsiam.DeleteServiceLinkedRoleInput{RoleName: aws.String("mine")}, 404, "NoSuchEntity", "The service-linked role with name mine")
	jane := w.user("jane", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringLike":{"iam:AWSServiceName":"sso.*"}}}}`)
	refuseWith(t, jane.CreateServiceLinkedRole, &awsiam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("organizations.amazonaws.com")}, 403, "AccessDenied", "role/aws-service-role/organizations.amazonaws.com/")
	call(t, jane.CreateServiceLinkedRole, &awsiam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("sso.amazonaws.com")})
}

// failed calls an operation that should fail.
func failed[In, Out any](do operation[In, Out], in *In) error {
	_, err := do(context.Background(), in)
	return err
}

// refuseWith is refuse with a part of the text.
func refuseWith[In, Out any](t testing.TB, do operation[In, Out], in *In, status int, code, part string) {
	t.Helper()
	refusedWith(t, failed(do, in), status, code, part)
}

func refusedWith(t testing.TB, err error, status int, code, part string) {
	t.Helper()
	refused(t, err, status, code, "")
	if !strings.Contains(err.Error(), part) {
		t.Errorf("%v does not say %q", err, part)
	}
}

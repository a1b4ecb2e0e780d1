package iam_test

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"hardpan/internal/api/iam"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/policy/condition"
)

// values is something valid for each parameter that operations require. None
// of the entities exists.
var values = map[string]any{
	"UserName": aws.String("nobody"), "GroupName": aws.String("nogroup"), "RoleName": aws.String("norole"),
	"PolicyName": aws.String("nopolicy"), "PolicyArn": aws.String("arn:aws:iam::" + account + ":policy/none"),
	"PermissionsBoundary": aws.String("arn:aws:iam::" + account + ":policy/none"), "VersionId": aws.String("v1"),
	"PolicyDocument": aws.String(allow("*", "s3:*")), "AssumeRolePolicyDocument": aws.String(trust("*")),
	"AccessKeyId": aws.String("AKIAIOSFODNN7EXAMPLE"), "ServiceSpecificCredentialId": aws.String("ACCAEXAMPLE123EXAMPLE"),
	"ServiceName": aws.String("bedrock.amazonaws.com"), "Status": types.StatusTypeInactive, "AccountAlias": aws.String("alias"),
	"Tags": []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}, "TagKeys": []string{"k"}, "Description": aws.String("d"),
	"PolicySourceArn": aws.String("arn:aws:iam::" + account + ":user/nobody"), "ActionNames": []string{"bedrock:InvokeModel"},
	"PolicyInputList": []string{allow("*", "s3:*")},
	"Url":             aws.String("https://example.com"), "OpenIDConnectProviderArn": aws.String(providerARN + "none.example.com"), "ClientID": aws.String("nobody"),
	"ThumbprintList": []string{strings.Repeat("0", 40)}, "AWSServiceName": aws.String("sso.amazonaws.com"),
	"DeletionTaskId": aws.String("task/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO/none"),
}

// try calls an operation by name with valid parameters.
func try(c *awsiam.Client, name string) error {
	method := reflect.ValueOf(c).MethodByName(name)
	in := reflect.New(method.Type().In(1).Elem())
	for parameter, value := range values {
		if field := in.Elem().FieldByName(parameter); field.IsValid() {
			field.Set(reflect.ValueOf(value))
		}
	}
	err, _ := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), in})[1].Interface().(error)
	return err
}

func built() (list []*op.Operation) {
	for _, o := range iam.Table().Operations() {
		if o.Built() {
			list = append(list, o)
		}
	}
	return list
}

// Who may do nothing is told so by every operation, and nothing about what exists.
func TestEveryOperationIsAuthorized(t *testing.T) {
	w := newWorld(t)
	nobody := w.user("powerless", "")
	for _, o := range built() {
		equal(t, o.Name, o.Action, "iam:"+o.Name)
		apiErr, ok := errors.AsType[smithy.APIError](try(nobody, o.Name))
		if !ok || apiErr.ErrorCode() != "AccessDenied" || !strings.Contains(apiErr.ErrorMessage(), "not authorized to perform: iam:"+o.Name+" on resource: ") {
			t.Errorf("%s: %v", o.Name, apiErr)
		}
	}
	revision, _ := w.db.Directory().Account(account)
	for _, o := range built() {
		_ = try(nobody, o.Name)
	}
	after, _ := w.db.Directory().Account(account)
	equal(t, "nothing written", after.Revision(), revision.Revision())
}

// Who may do everything gets as far as the entities, which do not exist.
func TestEveryOperationRuns(t *testing.T) {
	w := newWorld(t)
	for _, o := range built() {
		err := try(w.root, o.Name)
		if err == nil {
			continue
		}
		apiErr, ok := errors.AsType[smithy.APIError](err)
		if !ok || (apiErr.ErrorCode() != "NoSuchEntity" && apiErr.ErrorCode() != "EntityAlreadyExists") {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
}

// Forms without parameters, or with empty ones, are refused and do no harm:
// SDKs do not send them, others do.
func TestEmptyParameters(t *testing.T) {
	w := newWorld(t)
	state, _ := w.db.Directory().Account(account)
	root, err := state.RootPrincipal()
	must(t, err)
	for _, o := range built() {
		in := reflect.ValueOf(w.root).MethodByName(o.Name).Type().In(1).Elem()
		forms := []url.Values{{}}
		for i := range in.NumField() {
			forms = append(forms, url.Values{in.Field(i).Name: {""}}, url.Values{in.Field(i).Name + ".member.1": {""}}, url.Values{in.Field(i).Name + ".member.1.Key": {""}})
		}
		for _, form := range forms {
			c := &op.Call{
				Op: o, Partition: "aws", Account: account, Region: "us-east-1", Directory: w.db.Directory(), Form: form,
				Caller: &op.Caller{Principal: root}, Keys: condition.NewContext(root.Keys),
			}
			prepared, err := o.Prepare(t.Context(), &iam.Service{}, c)
			if err == nil && len(prepared.Checks) == 0 {
				t.Errorf("%s %v: no checks", o.Name, form)
			}
			if e, ok := errors.AsType[*awserr.Error](err); err != nil && (!ok || e.Status != 400) {
				t.Errorf("%s %v: %v", o.Name, form, err)
			}
		}
	}
}

// checks is what a call of root must be allowed.
func (w *world) checks(name string, form url.Values) []op.Check {
	w.t.Helper()
	state, _ := w.db.Directory().Account(account)
	root, err := state.RootPrincipal()
	must(w.t, err)
	c := &op.Call{
		Partition: "aws", Account: account, Region: "us-east-1", Directory: w.db.Directory(), Form: form,
		Caller: &op.Caller{Principal: root}, Keys: condition.NewContext(root.Keys),
	}
	prepared, err := iam.Table().Find(name).Prepare(context.Background(), &iam.Service{}, c)
	must(w.t, err)
	return prepared.Checks
}

func TestResources(t *testing.T) {
	w := newWorld(t)
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("Jane"), Path: aws.String("/a/")})
	call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: aws.String("Team"), Path: aws.String("/b/")})
	call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: aws.String("Role"), Path: aws.String("/c/"), AssumeRolePolicyDocument: aws.String(trust("*"))})
	key := call(t, w.root.CreateAccessKey, &awsiam.CreateAccessKeyInput{UserName: aws.String("Jane")}).AccessKey
	iamARN := "arn:aws:iam::" + account + ":"
	for _, test := range []struct {
		operation string
		form      url.Values
		want      string // actions and resources
	}{
		{"GetUser", url.Values{"UserName": {"JANE"}}, "iam:GetUser user/a/Jane"},
		{"GetUser", url.Values{"UserName": {"none"}}, "iam:GetUser user/none"},
		{"GetUser", url.Values{}, "iam:GetUser root"},
		{"CreateUser", url.Values{"UserName": {"x"}, "Path": {"/p/q/"}}, "iam:CreateUser user/p/q/x"},
		{"CreateUser", url.Values{"UserName": {"x"}, "Tags.member.1.Key": {"k"}, "Tags.member.1.Value": {"v"}}, "iam:CreateUser user/x, iam:TagUser user/x"},
		{"UpdateUser", url.Values{"UserName": {"Jane"}, "NewPath": {"/z/"}}, "iam:UpdateUser user/a/Jane, iam:UpdateUser user/z/Jane"},
		{"UpdateUser", url.Values{"UserName": {"Jane"}}, "iam:UpdateUser user/a/Jane"},
		{"UpdateGroup", url.Values{"GroupName": {"Team"}, "NewGroupName": {"Crew"}}, "iam:UpdateGroup group/b/Team, iam:UpdateGroup group/b/Crew"},
		{"ListUsers", url.Values{}, "iam:ListUsers user/"},
		{"ListUsers", url.Values{"PathPrefix": {"/a/"}}, "iam:ListUsers user/a/"},
		{"ListRoles", url.Values{}, "iam:ListRoles role/"},
		{"ListPolicies", url.Values{}, "iam:ListPolicies *"},
		{"AddUserToGroup", url.Values{"GroupName": {"Team"}, "UserName": {"Jane"}}, "iam:AddUserToGroup group/b/Team"},
		{"GetRole", url.Values{"RoleName": {"role"}}, "iam:GetRole role/c/Role"},
		{"GetAccessKeyLastUsed", url.Values{"AccessKeyId": {*key.AccessKeyId}}, "iam:GetAccessKeyLastUsed user/a/Jane"},
		{"GetAccessKeyLastUsed", url.Values{"AccessKeyId": {"AKIAIOSFODNN7EXAMPLE"}}, "iam:GetAccessKeyLastUsed user/*"},
		{"ListServiceSpecificCredentials", url.Values{"AllUsers": {"true"}}, "iam:ListServiceSpecificCredentials user/*"},
		{"GetPolicy", url.Values{"PolicyArn": {"arn:aws:iam::aws:policy/AdministratorAccess"}}, "iam:GetPolicy arn:aws:iam::aws:policy/AdministratorAccess"},
	} {
		var got []string
		for _, check := range w.checks(test.operation, test.form) {
			got = append(got, check.Action+" "+strings.TrimPrefix(check.Resource, iamARN))
		}
		equal(t, test.operation, strings.Join(got, ", "), test.want)
	}
}

func TestConditionKeys(t *testing.T) {
	w := newWorld(t)
	admin := "arn:aws:iam::aws:policy/AdministratorAccess"
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{
		UserName: aws.String("u"), PermissionsBoundary: &admin, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}},
	})
	tagged := url.Values{"UserName": {"u"}, "Tags.member.1.Key": {"k"}, "Tags.member.1.Value": {"v"}}
	for _, test := range []struct {
		operation string
		form      url.Values
		key, want string
	}{
		{"GetUser", url.Values{"UserName": {"u"}}, "aws:ResourceTag/team", "red"},
		{"GetUser", url.Values{"UserName": {"u"}}, "iam:ResourceTag/team", "red"},
		{"TagUser", tagged, "aws:RequestTag/k", "v"},
		{"TagUser", tagged, "aws:TagKeys", "k"},
		{"UntagUser", url.Values{"UserName": {"u"}, "TagKeys.member.1": {"a"}, "TagKeys.member.2": {"b"}}, "aws:TagKeys", "a b"},
		{"AttachUserPolicy", url.Values{"UserName": {"u"}, "PolicyArn": {admin}}, "iam:PolicyARN", admin},
		{"AttachUserPolicy", url.Values{"UserName": {"u"}, "PolicyArn": {admin}}, "iam:PermissionsBoundary", admin},
		{"PutUserPermissionsBoundary", url.Values{"UserName": {"u"}, "PermissionsBoundary": {admin + "2"}}, "iam:PermissionsBoundary", admin + "2"},
		{"CreateServiceSpecificCredential", url.Values{"UserName": {"u"}, "ServiceName": {"bedrock.amazonaws.com"}, "CredentialAgeDays": {"30"}}, "iam:ServiceSpecificCredentialServiceName", "bedrock.amazonaws.com"},
		{"CreateServiceSpecificCredential", url.Values{"UserName": {"u"}, "ServiceName": {"bedrock.amazonaws.com"}, "CredentialAgeDays": {"30"}}, "iam:ServiceSpecificCredentialAgeDays", "30"},
	} {
		found, _ := w.checks(test.operation, test.form)[0].Keys.Get(test.key)
		equal(t, test.operation+" "+test.key, strings.Join(found, " "), test.want)
	}
}

// AWS's example of a limit on the life of API keys.
func TestKeyLifePolicy(t *testing.T) {
	w := newWorld(t)
	vendor := w.user("vendor", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateServiceSpecificCredential","Resource":"*",
		"Condition":{"StringEquals":{"iam:ServiceSpecificCredentialServiceName":"bedrock.amazonaws.com"},"NumericLessThanEquals":{"iam:ServiceSpecificCredentialAgeDays":"90"}}}}`)
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("k")})
	in := bedrockKey("k")
	refuse(t, vendor.CreateServiceSpecificCredential, in, 403, "AccessDenied", "")
	in.CredentialAgeDays = aws.Int32(91)
	refuse(t, vendor.CreateServiceSpecificCredential, in, 403, "AccessDenied", "")
	in.CredentialAgeDays = aws.Int32(90)
	call(t, vendor.CreateServiceSpecificCredential, in)
}

// One account never sees another's.
func TestAccountsAreApart(t *testing.T) {
	w := newWorld(t)
	other := w.newAccount("210987654321")
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("jane")})
	call(t, other.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("jane")})
	equal(t, "own", *call(t, other.GetUser, &awsiam.GetUserInput{UserName: aws.String("jane")}).User.Arn, "arn:aws:iam::210987654321:user/jane")
	mine := call(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allow("*", "s3:*"))}).Policy.Arn
	refuse(t, other.GetPolicy, &awsiam.GetPolicyInput{PolicyArn: mine}, 404, "NoSuchEntity", "")
	refuse(t, other.AttachUserPolicy, &awsiam.AttachUserPolicyInput{UserName: aws.String("jane"), PolicyArn: mine}, 404, "NoSuchEntity", "")
}

// The home region of a user's model calls follows its ARN, and ends with it.
func TestInferenceFollowsAUser(t *testing.T) {
	w := newWorld(t)
	home := func(arn string) string {
		state, _ := w.db.Directory().Account(account)
		config, ok := state.InferenceConfig(arn)
		if !ok {
			return "none"
		}
		return config.HomeRegion
	}
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("jane")})
	w.put(&identity.InferenceConfig{Scope: identity.Scope{Partition: "aws", Account: account}, PrincipalARN: userARN("jane"), HomeRegion: "eu-west-1"})
	call(t, w.root.UpdateUser, &awsiam.UpdateUserInput{UserName: aws.String("jane"), NewUserName: aws.String("joan")})
	equal(t, "moved", home(userARN("jane"))+" "+home(userARN("joan")), "none eu-west-1")
	call(t, w.root.DeleteUser, &awsiam.DeleteUserInput{UserName: aws.String("joan")})
	equal(t, "gone", home(userARN("joan")), "none")
}

package iam_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/api/iam"
)

func TestParameterRules(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", 65)
	for _, test := range []struct{ name, path, text string }{
		{long, "/", "1 validation error detected: Value '" + long + "' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"", "/", "1 validation error detected: Value '' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"a b", "/", "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"},
		{"a:b", "/", "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"},
		{"ü", "/", "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"},
		{"a", "x", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."},
		{"a", "/x", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."},
		{"a", "/a b/", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."},
	} {
		refuse(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: &test.name, Path: &test.path}, 400, "ValidationError", test.text)
	}
	path := "/" + strings.Repeat("p", 511) + "/"
	_, err := w.root.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: &long, Path: &path})
	refused(t, err, 400, "ValidationError", "")
	if !strings.Contains(err.Error(), "2 validation errors detected: Value '"+long+"' at 'userName'") || !strings.Contains(err.Error(), "; Value '/ppp") {
		t.Error(err)
	}
	path = "/" + path[2:]
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String(long[:64]), Path: &path})
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("a_b+=,.@-9")})
	for _, arn := range []string{"arn:aws:iam::" + account + ":user/jane-and-more", "not an arn, but long enough"} {
		refuse(t, w.root.AttachUserPolicy, &awsiam.AttachUserPolicyInput{UserName: aws.String("a_b+=,.@-9"), PolicyArn: &arn}, 400, "ValidationError", "ARN "+arn+" is not valid.")
	}
}

// Of writes at once that cannot all be, exactly so many win as can, and the
// others are told why.
func TestOneWins(t *testing.T) {
	w := newWorld(t)
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("jane")})
	for _, test := range []struct {
		name string
		do   func() error
		wins int
		code string
	}{
		{"same name", func() error {
			_, err := w.root.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: aws.String("twin")})
			return err
		}, 1, "EntityAlreadyExists"},
		{"access keys", func() error {
			_, err := w.root.CreateAccessKey(t.Context(), &awsiam.CreateAccessKeyInput{UserName: aws.String("jane")})
			return err
		}, 2, "LimitExceeded"},
		{"API keys", func() error {
			_, err := w.root.CreateServiceSpecificCredential(t.Context(), bedrockKey("jane"))
			return err
		}, 2, "LimitExceeded"},
		{"policy", func() error {
			_, err := w.root.CreatePolicy(t.Context(), &awsiam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allow("*", "s3:*"))})
			return err
		}, 1, "EntityAlreadyExists"},
	} {
		const n = 8
		errs := make([]error, n)
		var wait sync.WaitGroup
		for i := range n {
			wait.Go(func() { errs[i] = test.do() })
		}
		wait.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			refused(t, err, 409, test.code, "")
		}
		equal(t, test.name, won, test.wins)
	}
}

// What is not built says so, and what is built is counted.
func TestTable(t *testing.T) {
	w := newWorld(t)
	_, err := w.root.ListMFADevices(t.Context(), &awsiam.ListMFADevicesInput{})
	refused(t, err, 501, "NotImplemented", "")
	equal(t, "operations of AWS", len(iam.Table().Operations()), 180)
	t.Logf("%d operations built", len(built()))
}

package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const (
	maySignIn = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}}`
	trustAll  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:TagSession"]}}`
)

// session signs somebody in to a role with one inline policy, read from a file,
// and one session tag, KEY=VALUE; it prints their credentials.
func (c *client) session(ctx context.Context, name, policyFile, tag string) error {
	text, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	role, portal := aws.String("Engineer-"+name), aws.String("portal-"+name)
	key, value, _ := strings.Cut(tag, "=")
	made, err := c.iam().CreateRole(ctx, &iam.CreateRoleInput{RoleName: role, AssumeRolePolicyDocument: aws.String(trustAll)})
	if err != nil {
		return err
	}
	if _, err := c.iam().PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("own"), PolicyDocument: aws.String(string(text))}); err != nil {
		return err
	}
	if _, err := c.iam().CreateUser(ctx, &iam.CreateUserInput{UserName: portal}); err != nil {
		return err
	}
	if _, err := c.iam().PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: portal, PolicyName: aws.String("own"), PolicyDocument: aws.String(maySignIn)}); err != nil {
		return err
	}
	long, err := c.iam().CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: portal})
	if err != nil {
		return err
	}
	signer := *c
	signer.config.Credentials = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: *long.AccessKey.AccessKeyId, SecretAccessKey: *long.AccessKey.SecretAccessKey}, nil
	}))
	out, err := signer.sts().AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: made.Role.Arn, RoleSessionName: aws.String(name + "@example.com"), Tags: []types.Tag{{Key: &key, Value: &value}},
	})
	if err != nil {
		return err
	}
	fmt.Printf("id %s\nsecret %s\ntoken %s\n", *out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return nil
}

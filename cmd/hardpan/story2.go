package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// Story 2: a thousand engineers, each through their own inference profile. Two
// of them stand for all. What IAM Identity Center does at sign-in is done here
// by sts:AssumeRole with a session tag.

const (
	ssoRole = "AWSReservedSSO_BedrockWithInferenceProfile_7e56f0472208ea09"
	anyOwn  = "arn:aws:bedrock:*:*:application-inference-profile/*"
)

// Statements of the permission set, as published but for line breaks.
const (
	ownProfiles = `
    {"Sid": "InvokeModelForInferenceProfile", "Effect": "Allow",
     "Action": "bedrock:InvokeModel*",
     "Resource": ["` + anyOwn + `"],
     "Condition": {"StringLike": {"aws:ResourceTag/UserEmail": "${aws:PrincipalTag/UserEmail}"}}}`
	modelsThrough = `
    {"Sid": "InvokeModelForFoundationModel", "Effect": "Allow",
     "Action": "bedrock:InvokeModel*",
     "Resource": "arn:aws:bedrock:*::foundation-model/*",
     "Condition": {"ArnEquals": {"bedrock:InferenceProfileArn": "` + anyOwn + `"}}}`
	vending = `
    {"Sid": "CreateSelfInferenceProfile", "Effect": "Allow",
     "Action": ["bedrock:CreateInferenceProfile", "bedrock:TagResource"],
     "Resource": ["` + anyOwn + `", "arn:aws:bedrock:*:*:inference-profile/*",
                  "arn:aws:bedrock:*::foundation-model/*"],
     "Condition": {"StringLike": {"aws:RequestTag/UserEmail": "${aws:PrincipalTag/UserEmail}"}}}`
)

func policyOf(statements ...string) string {
	return `{
  "Version": "2012-10-17",
  "Statement": [` + strings.Join(statements, ",") + `
  ]
}`
}

// story2 is what the steps hand on to each other.
type story2 struct {
	*stage
	admin      *client
	foo, bar   *client
	foos, bars inferenceProfile
	remedy     string // of the hole: the policy as lint mends it
}

func playStory2(ctx context.Context, s *stage) bool {
	s.open("Story 2: everyone through their own inference profile")
	t := &story2{stage: s}
	for _, next := range append(t.steps(), t.costs()...) {
		if !s.play(ctx, next) && (t.bar == nil || ctx.Err() != nil) {
			break // nothing after this has a caller, or nobody waits for it
		}
	}
	return s.close()
}

func (t *story2) steps() []step {
	const (
		create = "hardpan profile create --model " + haiku
		put    = "aws iam put-role-policy --role-name AWSReservedSSO_… \\\n  --policy-name inline --policy-document file://"
		call   = "aws bedrock-runtime converse --model-id "
		take   = "aws bedrock tag-resource --resource-arn …/BARS \\\n  --tags key=UserEmail,value=foo@example.com"
	)
	return []step{
		{"Foo and bar sign in to one role, each with their e-mail as a tag", t.signIn, []string{
			"aws sts assume-role --role-arn …/AWSReservedSSO_… \\\n  --role-session-name foo@example.com \\\n  --tags Key=UserEmail,Value=foo@example.com",
		}},
		{"Each makes a profile of their own; the tag is filled in", t.vend, []string{create}},
		{"Half granted: the profile, and not the model behind it", t.halfGranted, []string{put + "profiles.json", call + "…/FOOS"}},
		{"The model too, but only through a profile", t.granted, []string{put + "both.json", call + "…/FOOS"}},
		{"Bar's call through foo's profile is denied", t.notAnothers, []string{call + "…/FOOS"}},
		{"And foo's call of the bare model", t.notBare, []string{call + haiku}},
		{"Foo cannot make a profile for bar", t.notForBar, []string{create + " \\\n  --tag UserEmail=bar@example.com"}},
		{"The hole: foo puts foo's tag on bar's profile, and has it", t.takeover, []string{take, call + "…/BARS"}},
		{"Lint finds the hole, says how it is used, and proves a remedy", t.found, []string{"hardpan lint policy.json"}},
		{"The hole closed with that: only what has no tag yet, or one's own", t.closed, []string{put + "closed.json", take}},
	}
}

func (t *story2) signIn(ctx context.Context) (err error) {
	if t.admin, err = t.server.administrator(ctx, story1Region); err != nil {
		return err
	}
	me, err := t.admin.whoAmI(ctx)
	if err != nil {
		return err
	}
	trust := `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "` + me.Account + `"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}}`
	if _, err := t.admin.iam().CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(ssoRole), AssumeRolePolicyDocument: &trust}); err != nil {
		return err
	}
	if err := t.permit(ctx, ownProfiles, modelsThrough, vending); err != nil {
		return err
	}
	portal, err := t.portal(ctx)
	if err != nil {
		return err
	}
	role := "arn:aws:iam::" + me.Account + ":role/" + ssoRole
	if t.foo, err = t.session(ctx, portal, role, "foo@example.com"); err != nil {
		return err
	}
	if t.bar, err = t.session(ctx, portal, role, "bar@example.com"); err != nil {
		return err
	}
	who, err := t.foo.whoAmI(ctx)
	if err != nil {
		return err
	}
	t.answer(who.ARN)
	if len(who.Tags) != 1 || who.Tags[0].Value != "foo@example.com" {
		return unlike("foo's tags", "UserEmail = foo@example.com", fmt.Sprint(who.Tags))
	}
	t.right("UserEmail is a tag of the session")
	return nil
}

// portal is a user who signs others in.
func (t *story2) portal(ctx context.Context) (*client, error) {
	name := aws.String("portal")
	if _, err := t.admin.iam().CreateUser(ctx, &iam.CreateUserInput{UserName: name}); err != nil {
		return nil, err
	}
	_, err := t.admin.iam().PutUserPolicy(ctx, &iam.PutUserPolicyInput{
		UserName: name, PolicyName: aws.String("sign-in"), PolicyDocument: aws.String(policyOf(`
    {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}`)),
	})
	if err != nil {
		return nil, err
	}
	key, err := t.admin.iam().CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		return nil, err
	}
	return t.server.client(story1Region, credentials.NewStaticCredentialsProvider(
		aws.ToString(key.AccessKey.AccessKeyId), aws.ToString(key.AccessKey.SecretAccessKey), "")), nil
}

func (t *story2) session(ctx context.Context, portal *client, role, email string) (*client, error) {
	out, err := portal.sts().AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: &role, RoleSessionName: &email, Tags: []types.Tag{{Key: aws.String("UserEmail"), Value: &email}},
	})
	if err != nil {
		return nil, err
	}
	c := out.Credentials
	return t.server.client(story1Region, credentials.NewStaticCredentialsProvider(
		aws.ToString(c.AccessKeyId), aws.ToString(c.SecretAccessKey), aws.ToString(c.SessionToken))), nil
}

// permit puts statements in place of those that the permission set had.
func (t *story2) permit(ctx context.Context, statements ...string) error {
	return t.permitText(ctx, policyOf(statements...))
}

func (t *story2) permitText(ctx context.Context, document string) error {
	_, err := t.admin.iam().PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String(ssoRole), PolicyName: aws.String("inline"), PolicyDocument: &document,
	})
	return err
}

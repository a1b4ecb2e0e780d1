package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Story 1: an API key that can call two models and nothing else. Its steps are
// in the order in which somebody took them on AWS.

const (
	story1Region = "us-west-2"
	haiku        = "anthropic.claude-3-5-haiku-20241022-v1:0"
	titan        = "amazon.titan-embed-text-v2:0"
	sonnet       = "anthropic.claude-3-sonnet-20240229-v1:0"
	modelPrefix  = "arn:aws:bedrock:" + story1Region + "::foundation-model/"
)

// twoModels is the policy of the story. Its third action holds the trap.
const twoModels = `{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "AllowSpecificBedrockModels",
    "Effect": "Allow",
    "Action": [
      "bedrock:InvokeModel",
      "bedrock:InvokeModelWithResponseStream",
      "bedrock:CallWithBearerToken"
    ],
    "Resource": [
      "` + modelPrefix + haiku + `",
      "` + modelPrefix + titan + `"
    ]
  }]
}`

// story1 is what the steps hand on to each other.
type story1 struct {
	*stage
	admin  *client
	key    apiKey  // the API key and its user
	holder *client // signs with the access key of that user
	signed *caller // the same, calling models
	bearer *caller // sends the API key
	remedy json.RawMessage
}

func playStory1(ctx context.Context, s *stage) bool {
	s.open("Story 1: an API key that can call two models and nothing else")
	t := &story1{stage: s}
	for _, next := range t.steps() {
		if !s.play(ctx, next) && (t.holder == nil || ctx.Err() != nil) {
			break // nothing after this has a caller, or nobody waits for it
		}
	}
	return s.close()
}

func (t *story1) steps() []step {
	const (
		withKey = bearerVariable + "=ABSK… "
		embed   = "aws bedrock-runtime invoke-model \\\n  --model-id " + titan + " \\\n  --body fileb://request.json output.json"
	)
	say := func(model string) string {
		return "aws bedrock-runtime converse \\\n  --model-id " + model + " \\\n" +
			`  --messages '[{"role":"user","content":[{"text":"Hello, Bedrock!"}]}]'`
	}
	return []step{
		{"A Bedrock API key, and the IAM user that it belongs to", t.makeKey, []string{
			"hardpan key create --expires 30d --region us-west-2",
		}},
		{"An access key for the same user", t.makeAccessKey, []string{
			"aws iam create-access-key --user-name BedrockAPIKey-…",
		}},
		{"The broad policy goes, a narrow one comes: two models", t.narrow, []string{
			"aws iam detach-user-policy --user-name BedrockAPIKey-… \\\n  --policy-arn " + limitedAccess,
			"aws iam put-user-policy --user-name BedrockAPIKey-… \\\n  --policy-name two-models --policy-document file://two-models.json",
		}},
		{"Who am I?", t.whoAmI, []string{"aws sts get-caller-identity"}},
		{"Claude 3.5 Haiku answers", t.haikuAnswers, []string{say(haiku)}},
		{"Titan Text Embeddings V2 makes a vector", t.titanEmbeds, []string{embed}},
		{"Claude 3 Sonnet is denied, and Hardpan says why", t.sonnetDenied, []string{say(sonnet)}},
		{"The trap: the API key in place of the signature", t.keyDenied, []string{withKey + say(haiku)}},
		{"The remedy: the statement as it was printed", t.applyRemedy, []string{
			"aws iam put-user-policy --user-name BedrockAPIKey-… \\\n  --policy-name bearer --policy-document file://remedy.json",
		}},
		{"The API key now calls the two models", t.keyCallsTwo, []string{withKey + say(haiku), withKey + embed}},
		{"And still not the third", t.keyStillDenied, []string{withKey + say(sonnet)}},
	}
}

func (t *story1) makeKey(ctx context.Context) (err error) {
	if t.admin, err = t.server.administrator(ctx, story1Region); err != nil {
		return err
	}
	if t.key, err = t.admin.createKey(ctx, keyOrder{days: aws.Int32(30), region: story1Region}); err != nil {
		return err
	}
	t.answer(fmt.Sprintf("%s\n%s… (shown once; here it is cut)", t.key.UserARN, t.key.Key[:min(len(t.key.Key), 12)]))
	if !keyUser.MatchString(t.key.User) {
		return unlike("the user's name", keyUserPrefix+"xxxx", t.key.User)
	}
	attached, err := t.admin.iam().ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: &t.key.User})
	if err != nil {
		return err
	}
	if len(attached.AttachedPolicies) != 1 || aws.ToString(attached.AttachedPolicies[0].PolicyArn) != limitedAccess {
		return unlike("what is attached to the user", limitedAccess, fmt.Sprint(len(attached.AttachedPolicies), " policies"))
	}
	t.bearer = t.server.client("", nil).models(t.key.Key)
	t.right("a user of its own with AmazonBedrockLimitedAccess, which is broad")
	return nil
}

func (t *story1) makeAccessKey(ctx context.Context) error {
	out, err := t.admin.iam().CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &t.key.User})
	if err != nil {
		return err
	}
	id := aws.ToString(out.AccessKey.AccessKeyId)
	t.holder = t.server.client(story1Region, credentials.NewStaticCredentialsProvider(id, aws.ToString(out.AccessKey.SecretAccessKey), ""))
	t.signed = t.holder.models("")
	t.answer(id + " and a secret, shown once")
	t.right("from here on the calls are signed with it")
	return nil
}

func (t *story1) narrow(ctx context.Context) error {
	_, err := t.admin.iam().DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: &t.key.User, PolicyArn: aws.String(limitedAccess)})
	if err != nil {
		return err
	}
	t.st.block(6, t.st.faint, twoModels)
	if err := t.putPolicy(ctx, "two-models", twoModels); err != nil {
		return err
	}
	t.right("one inline policy, and nothing else")
	return nil
}

func (t *story1) putPolicy(ctx context.Context, name, document string) error {
	_, err := t.admin.iam().PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &t.key.User, PolicyName: &name, PolicyDocument: &document})
	return err
}

func (t *story1) whoAmI(ctx context.Context) error {
	out, err := t.holder.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	id, account, arn := aws.ToString(out.UserId), aws.ToString(out.Account), aws.ToString(out.Arn)
	t.st.block(6, t.st.faint, fmt.Sprintf("UserId   %s\nAccount  %s\nArn      %s", id, account, arn))
	if arn != t.key.UserARN {
		return unlike("the Arn", t.key.UserARN, arn)
	}
	if len(id) < 4 || id[:4] != "AIDA" {
		return unlike("the UserId", "AIDA…", id)
	}
	t.right("the user that key create made")
	return nil
}

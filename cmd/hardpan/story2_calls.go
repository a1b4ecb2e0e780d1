package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/lint"
	"hardpan/policy"
)

// The calls in story 2: what is answered, and what is denied in which words.

func (t *story2) vend(ctx context.Context) (err error) {
	if t.foos, err = t.foo.createProfile(ctx, profileOrder{model: haiku}); err != nil {
		return err
	}
	if t.bars, err = t.bar.createProfile(ctx, profileOrder{model: haiku}); err != nil {
		return err
	}
	t.answer(t.foos.ARN + "\n" + t.bars.ARN)
	if got := t.foos.Tags["UserEmail"]; got != "foo@example.com" {
		return unlike("the tag of foo's profile", "foo@example.com", got)
	}
	t.right("tagged with the e-mail of who made it")
	return nil
}

func (t *story2) halfGranted(ctx context.Context) error {
	if err := t.permit(ctx, ownProfiles); err != nil {
		return err
	}
	return t.denied(ctx, t.foo, t.foos.ARN, modelPrefix+haiku)
}

func (t *story2) granted(ctx context.Context) error {
	t.st.block(4, t.st.faint, policyOf(ownProfiles, modelsThrough))
	if err := t.permit(ctx, ownProfiles, modelsThrough, vending); err != nil {
		return err
	}
	return t.answers(ctx, t.foo, t.foos.ARN)
}

func (t *story2) notAnothers(ctx context.Context) error {
	return t.denied(ctx, t.bar, t.foos.ARN, t.foos.ARN)
}

func (t *story2) notBare(ctx context.Context) error {
	return t.denied(ctx, t.foo, haiku, modelPrefix+haiku)
}

func (t *story2) notForBar(ctx context.Context) error {
	made, err := t.foo.createProfile(ctx, profileOrder{model: haiku, name: "for-bar", tags: []string{"UserEmail=bar@example.com"}})
	no, ok := refused(err)
	switch {
	case err == nil:
		return unlike("the answer", "AccessDeniedException", made.ARN)
	case !ok || no.code != "AccessDeniedException":
		return err
	}
	t.answer(no.message)
	t.right("denied: bedrock:CreateInferenceProfile with another's tag")
	return nil
}

func (t *story2) takeover(ctx context.Context) error {
	if err := t.take(ctx); err != nil {
		return err
	}
	if err := t.answers(ctx, t.foo, t.bars.ARN); err != nil {
		return err
	}
	t.answer("The published policy asks what tag is given, and not whose profile it is. AWS allows this, and so does Hardpan.")
	return nil
}

// take puts foo's tag on bar's profile.
func (t *story2) take(ctx context.Context) error {
	_, err := t.foo.bedrock().TagResource(ctx, &bedrock.TagResourceInput{
		ResourceARN: &t.bars.ARN, Tags: []types.Tag{{Key: aws.String("UserEmail"), Value: aws.String("foo@example.com")}},
	})
	return err
}

// found lints the policy that stands on the role.
func (t *story2) found(ctx context.Context) error {
	out, err := t.admin.iam().GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String(ssoRole), PolicyName: aws.String("inline")})
	if err != nil {
		return err
	}
	text, err := url.QueryUnescape(aws.ToString(out.PolicyDocument))
	if err != nil {
		return err
	}
	for _, f := range lint.Check(lint.Document{Text: []byte(text), Kind: policy.Identity})[0] {
		if f.Rule != "tag-takeover" || f.Fix == nil || !f.Fix.Proven {
			continue
		}
		t.answer(f.Message)
		for i, step := range f.Steps {
			t.st.hanging(fmt.Sprintf("      %d. ", i+1), t.st.faint, step)
		}
		t.right("the takeover, step by step")
		t.remedy = string(f.Fix.Document)
		t.right("the remedy, proven: " + f.Fix.Text)
		return nil
	}
	return unlike("what lint finds", "tag-takeover, with a remedy that is proven", "something else")
}

// closed gives bar the profile back first, as an administrator does.
func (t *story2) closed(ctx context.Context) error {
	if err := t.permitText(ctx, t.remedy); err != nil {
		return err
	}
	_, err := t.admin.bedrock().TagResource(ctx, &bedrock.TagResourceInput{
		ResourceARN: &t.bars.ARN, Tags: []types.Tag{{Key: aws.String("UserEmail"), Value: aws.String("bar@example.com")}},
	})
	if err != nil {
		return err
	}
	err = t.take(ctx)
	no, ok := refused(err)
	switch {
	case err == nil:
		return unlike("the answer", "AccessDeniedException", "the tag is set")
	case !ok || no.code != "AccessDeniedException":
		return err
	}
	t.answer(no.message)
	t.right("denied: bedrock:TagResource on what is another's")
	if _, err := t.bar.createProfile(ctx, profileOrder{model: haiku, name: "bars-second"}); err != nil {
		return fmt.Errorf("bar makes another profile: %w", err)
	}
	t.right("and a profile of one's own is made with its tag as before")
	return nil
}

// answers lets a model answer and shows what it says.
func (t *story2) answers(ctx context.Context, c *client, model string) error {
	said, err := c.models("").converse(ctx, model, "Whose profile is this?")
	if err != nil {
		return err
	}
	t.answer(said)
	t.right("it answers")
	return nil
}

// denied makes a call that has to be refused on a resource in AWS's words, and
// shows the explanation.
func (t *story2) denied(ctx context.Context, c *client, model, resource string) error {
	who, err := c.whoAmI(ctx)
	if err != nil {
		return err
	}
	said, err := c.models("").converse(ctx, model, hello)
	if err == nil {
		return unlike("the answer", "AccessDeniedException", said)
	}
	no, ok := refused(err)
	if !ok {
		return err
	}
	t.answer("An error occurred (" + no.code + ") when calling the Converse operation:\n" + no.message)
	want := "User: " + who.ARN + " is not authorized to perform: bedrock:InvokeModel on resource: " + resource +
		" because no identity-based policy allows the bedrock:InvokeModel action"
	if no.message != want {
		return unlike("the message", want, no.message)
	}
	t.right("denied, in AWS's words")
	raw, err := c.decision(ctx, no.decision)
	if err != nil {
		return err
	}
	told, err := readAccount(raw)
	if err != nil {
		return err
	}
	t.st.printf("\n")
	t.command("hardpan why " + no.decision)
	t.st.paragraph(6, t.st.bold, told.Explanation.Summary)
	return nil
}

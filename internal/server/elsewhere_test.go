package server_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

// A model or profile that is not in the caller's region is refused in AWS's
// words by every operation, before anybody is asked, and nothing is changed.
func TestModelsThatAreElsewhere(t *testing.T) {
	w := start(t)
	foo := w.user("foo", allow("bedrock:*", "*"))
	w.budget("all", "account", "1000requests", "month")
	const invalid = "The provided model identifier is invalid."
	onlyByProfile := func(model string) string {
		return "Invocation of model ID " + model + " with on-demand throughput isn’t supported."
	}
	for name, c := range map[string]struct{ region, model, text string }{
		"a us. profile from Europe":     {"eu-west-1", "us." + haiku3, invalid},
		"its ARN in Europe":             {"eu-west-1", "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/us." + haiku3, invalid},
		"its ARN at home":               {"eu-west-1", "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us." + haiku3, invalid},
		"an eu. profile from Oregon":    {"us-west-2", "eu." + haiku3, invalid},
		"a region without the model":    {"sa-east-1", "amazon.nova-lite-v1:0", invalid},
		"a model's ARN of elsewhere":    {"sa-east-1", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", invalid},
		"a region with a profile of it": {"eu-north-1", sonnet45, onlyByProfile(sonnet45)},
	} {
		t.Run(name, func(t *testing.T) {
			client := bedrockruntime.NewFromConfig(w.config(foo, c.region))
			before := w.database()
			for operation, call := range elsewhere(t.Context(), client, c.model) {
				refused(t, call(), "ValidationException", c.text)
				if e := w.lastCall(); e.Operation != operation || e.UsedModel != "" || e.Cost != 0 || !e.Tokens.IsZero() || len(e.Budgets) != 0 {
					t.Errorf("%s: the event says %+v", operation, e)
				}
			}
			if w.database() != before {
				t.Error("something was written")
			}
		})
	}
	if s := w.standing("all"); s.Settled != "0requests" || s.Reserved != "0requests" {
		t.Errorf("%+v", s)
	}
}

// elsewhere are the calls of a model, by operation.
func elsewhere(ctx context.Context, c *bedrockruntime.Client, model string) map[string]func() error {
	body := []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}`)
	return map[string]func() error{
		"Converse": func() error { return second(converse(ctx, c, model)) },
		"ConverseStream": func() error {
			return second(c.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{ModelId: &model, Messages: hello()}))
		},
		"InvokeModel": func() error {
			return second(c.InvokeModel(ctx, &bedrockruntime.InvokeModelInput{ModelId: &model, Body: body, ContentType: aws.String("application/json")}))
		},
		"InvokeModelWithResponseStream": func() error {
			return second(c.InvokeModelWithResponseStream(ctx, &bedrockruntime.InvokeModelWithResponseStreamInput{ModelId: &model, Body: body}))
		},
		"CountTokens": func() error {
			return second(c.CountTokens(ctx, &bedrockruntime.CountTokensInput{ModelId: &model, Input: &types.CountTokensInputMemberConverse{
				Value: types.ConverseTokensRequest{Messages: hello()},
			}}))
		},
	}
}

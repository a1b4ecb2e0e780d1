package builtin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

func asError(err error, target any) bool { return errors.As(err, target) }

func user(text string) types.Message {
	return types.Message{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: text}}}
}

func assistant(text string) types.Message {
	m := user(text)
	m.Role = types.ConversationRoleAssistant
	return m
}

func say(messages ...types.Message) *bedrockruntime.ConverseInput {
	return &bedrockruntime.ConverseInput{ModelId: aws.String(haiku), Messages: messages}
}

var weather = &types.ToolConfiguration{Tools: []types.Tool{&types.ToolMemberToolSpec{Value: types.ToolSpecification{
	Name: aws.String("get_weather"), Description: aws.String("The weather in a city"),
	InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(map[string]any{
		"type":     "object",
		"required": []string{"city", "days"},
		"properties": map[string]any{
			"city": map[string]any{"type": "string", "enum": []string{"Tokyo", "Kyoto"}},
			"days": map[string]any{"type": "integer", "minimum": 3},
			"unit": map[string]any{"type": "string"},
		},
	})},
}}}}

func textOf(t *testing.T, out *bedrockruntime.ConverseOutput) string {
	t.Helper()
	var text string
	for _, b := range out.Output.(*types.ConverseOutputMemberMessage).Value.Content {
		if b, ok := b.(*types.ContentBlockMemberText); ok {
			text += b.Value
		}
	}
	return text
}

func TestConverseSaysWhoItIs(t *testing.T) {
	c, door := client(t, Options{})
	in := say(user("Good morning!"))
	in.System = []types.SystemContentBlock{&types.SystemContentBlockMemberText{Value: "You are a butler."}}
	in.InferenceConfig = &types.InferenceConfiguration{Temperature: aws.Float32(0.5), TopP: aws.Float32(1)}
	first, err := c.Converse(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(t, first)
	for _, part := range []string{"Hardpan's built-in model", haiku, "us-west-2", "Good morning!", "You are a butler."} {
		if !strings.Contains(text, part) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
	if first.StopReason != types.StopReasonEndTurn || *first.Metrics.LatencyMs < 1 {
		t.Errorf("stop %s, metrics %+v", first.StopReason, first.Metrics)
	}
	u := first.Usage
	if *u.InputTokens < 5 || *u.OutputTokens < 20 || *u.TotalTokens != *u.InputTokens+*u.OutputTokens {
		t.Errorf("usage %d %d %d", *u.InputTokens, *u.OutputTokens, *u.TotalTokens)
	}
	if door.tokens().Input != int64(*u.InputTokens) || door.tokens().Output != int64(*u.OutputTokens) {
		t.Errorf("the backend reports %+v", door.tokens())
	}
	again, err := c.Converse(context.Background(), in)
	if err != nil || textOf(t, again) != text {
		t.Errorf("the second answer differs: %v", err)
	}
}

func TestConverseHonoursLimits(t *testing.T) {
	c, _ := client(t, Options{})
	in := say(user("one two three END four"))
	in.InferenceConfig = &types.InferenceConfiguration{MaxTokens: aws.Int32(5)}
	out, err := c.Converse(context.Background(), in)
	if err != nil || out.StopReason != types.StopReasonMaxTokens || *out.Usage.OutputTokens != 5 {
		t.Fatalf("%v %+v", err, out)
	}
	if got := textOf(t, out); got != "This is Hardpan's" {
		t.Errorf("five tokens are %q", got)
	}
	in.InferenceConfig = &types.InferenceConfiguration{StopSequences: []string{"four", "END"}}
	out, err = c.Converse(context.Background(), in)
	if err != nil || out.StopReason != types.StopReasonStopSequence {
		t.Fatalf("%v %+v", err, out)
	}
	if got := textOf(t, out); !strings.HasSuffix(got, "one two three ") {
		t.Errorf("%q does not end before END", got)
	}
}

func TestConverseUsesTools(t *testing.T) {
	c, _ := client(t, Options{})
	in := say(user("How is the weather?"))
	in.ToolConfig = weather
	out, err := c.Converse(context.Background(), in)
	if err != nil || out.StopReason != types.StopReasonEndTurn {
		t.Fatalf("no tool was named or forced: %v %+v", err, out)
	}

	forced := *weather
	forced.ToolChoice = &types.ToolChoiceMemberAny{}
	in.ToolConfig = &forced
	out, err = c.Converse(context.Background(), in)
	if err != nil || out.StopReason != types.StopReasonToolUse {
		t.Fatalf("%v %+v", err, out)
	}
	message := out.Output.(*types.ConverseOutputMemberMessage).Value
	use := message.Content[0].(*types.ContentBlockMemberToolUse).Value
	if got := documentJSON(use.Input); *use.Name != "get_weather" || got != `{"city":"Tokyo","days":3}` {
		t.Errorf("%s %s", *use.Name, got)
	}

	in.Messages = append(in.Messages, message, types.Message{Role: "user", Content: []types.ContentBlock{
		&types.ContentBlockMemberToolResult{Value: types.ToolResultBlock{ToolUseId: use.ToolUseId, Content: []types.ToolResultContentBlock{
			&types.ToolResultContentBlockMemberJson{Value: document.NewLazyDocument(map[string]any{"degrees": 22.5})},
		}}},
	}})
	out, err = c.Converse(context.Background(), in)
	if err != nil || !strings.Contains(textOf(t, out), `The tool get_weather answered: {"degrees":22.5}`) {
		t.Errorf("%v %+v", err, out)
	}
}

func TestConverseUsesTheToolThatIsNamed(t *testing.T) {
	c, _ := client(t, Options{})
	in := say(user(`Please call get_weather {"city": "Nara", "days": 12345678901234567890}`))
	in.ToolConfig = weather
	out, err := c.Converse(context.Background(), in)
	if err != nil || out.StopReason != types.StopReasonToolUse {
		t.Fatalf("%v %+v", err, out)
	}
	content := out.Output.(*types.ConverseOutputMemberMessage).Value.Content
	use := content[1].(*types.ContentBlockMemberToolUse).Value
	if got := documentJSON(use.Input); got != `{"city":"Nara","days":12345678901234567890}` {
		t.Errorf("input %s", got)
	}
}

func TestConverseRefusals(t *testing.T) {
	c, _ := client(t, Options{})
	use := &types.ContentBlockMemberToolUse{Value: types.ToolUseBlock{
		ToolUseId: aws.String("tooluse_1"), Name: aws.String("get_weather"), Input: document.NewLazyDocument(map[string]any{}),
	}}
	withModel := func(id string, in *bedrockruntime.ConverseInput) *bedrockruntime.ConverseInput {
		in.ModelId = aws.String(id)
		return in
	}
	withConfig := func(config types.InferenceConfiguration) *bedrockruntime.ConverseInput {
		in := say(user("hi"))
		in.InferenceConfig = &config
		return in
	}
	for name, test := range map[string]struct {
		in   *bedrockruntime.ConverseInput
		want string
	}{
		"no messages":     {say(), "must start with a user message"},
		"assistant first": {say(assistant("hi")), "must start with a user message"},
		"no alternation":  {say(user("a"), user("b")), "must alternate between user and assistant roles"},
		"blank text":      {say(user("a"), assistant("b"), user(" \n")), "ContentBlock object at messages.2.content.0 is blank"},
		"no content":      {say(types.Message{Role: "user", Content: []types.ContentBlock{}}), "messages.0 is empty"},
		"bad role":        {say(user("a"), types.Message{Role: "system", Content: user("x").Content}), "enum value set: [user, assistant]"},
		"no tool result":  {say(user("a"), types.Message{Role: "assistant", Content: []types.ContentBlock{use}}, user("b")), "Expected toolResult blocks at messages.2.content for the following Ids: tooluse_1"},
		"no tool config":  {say(user("a"), types.Message{Role: "assistant", Content: []types.ContentBlock{use}}), "toolConfig field must be defined"},
		"an embedder":     {withModel(titan, say(user("a"))), "This action doesn't support the model that you provided. Try again with a supported text or chat model."},
		"max tokens":      {withConfig(types.InferenceConfiguration{MaxTokens: aws.Int32(0)}), "Value '0' at 'inferenceConfig.maxTokens'"},
		"temperature":     {withConfig(types.InferenceConfiguration{Temperature: aws.Float32(2)}), "less than or equal to 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Converse(context.Background(), test.in)
			wantError(t, err, "ValidationException", test.want)
		})
	}
	guarded := say(user("a"))
	guarded.GuardrailConfig = &types.GuardrailConfiguration{GuardrailIdentifier: aws.String("g"), GuardrailVersion: aws.String("1")}
	_, err := c.Converse(context.Background(), guarded)
	wantError(t, err, "ValidationException", "does not apply guardrailConfig")
}

func TestCountTokensAgreesWithConverse(t *testing.T) {
	c, _ := client(t, Options{})
	in := say(user("How many tokens is this? 東京は日本の首都です。"))
	in.ToolConfig = weather
	out, err := c.Converse(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	counted, err := c.CountTokens(context.Background(), &bedrockruntime.CountTokensInput{
		ModelId: aws.String(haiku),
		Input:   &types.CountTokensInputMemberConverse{Value: types.ConverseTokensRequest{Messages: in.Messages, ToolConfig: weather}},
	})
	if err != nil || *counted.InputTokens != *out.Usage.InputTokens {
		t.Errorf("%v: %+v, want %d", err, counted, *out.Usage.InputTokens)
	}
	counted, err = c.CountTokens(context.Background(), &bedrockruntime.CountTokensInput{
		ModelId: aws.String(haiku),
		Input: &types.CountTokensInputMemberInvokeModel{Value: types.InvokeModelTokensRequest{
			Body: []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"Hello, world!"}]}`),
		}},
	})
	if err != nil || *counted.InputTokens != 4 {
		t.Errorf("%v: %+v, want 4 tokens", err, counted)
	}
}

func streamed(t *testing.T, c *bedrockruntime.Client, in *bedrockruntime.ConverseInput) ([]types.ConverseStreamOutput, error) {
	t.Helper()
	out, err := c.ConverseStream(context.Background(), &bedrockruntime.ConverseStreamInput{
		ModelId: in.ModelId, Messages: in.Messages, ToolConfig: in.ToolConfig, InferenceConfig: in.InferenceConfig, System: in.System,
	})
	if err != nil {
		return nil, err
	}
	s := out.GetStream()
	var events []types.ConverseStreamOutput
	for event := range s.Events() {
		events = append(events, event)
	}
	return events, errors.Join(s.Err(), s.Close())
}

func TestConverseStreamOrder(t *testing.T) {
	c, _ := client(t, Options{})
	in := say(user("Use get_weather now, please. " + strings.Repeat("これは長い文章です。", 10)))
	in.ToolConfig = weather
	whole, err := c.Converse(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	events, err := streamed(t, c, in)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	var text, input string
	for _, event := range events {
		switch e := event.(type) {
		case *types.ConverseStreamOutputMemberMessageStart:
			order = append(order, "start")
		case *types.ConverseStreamOutputMemberContentBlockStart:
			order = append(order, "block")
		case *types.ConverseStreamOutputMemberContentBlockDelta:
			switch d := e.Value.Delta.(type) {
			case *types.ContentBlockDeltaMemberText:
				order, text = append(order, "text"), text+d.Value
			case *types.ContentBlockDeltaMemberToolUse:
				order, input = append(order, "input"), input+*d.Value.Input
			}
		case *types.ConverseStreamOutputMemberContentBlockStop:
			order = append(order, "end")
		case *types.ConverseStreamOutputMemberMessageStop:
			order = append(order, "stop:"+string(e.Value.StopReason))
		case *types.ConverseStreamOutputMemberMetadata:
			order = append(order, "metadata")
			if *e.Value.Usage.OutputTokens != *whole.Usage.OutputTokens || *e.Value.Metrics.LatencyMs < 1 {
				t.Errorf("metadata %+v", e.Value)
			}
		}
	}
	if n := len(order); n < 10 {
		t.Errorf("only %d events", n)
	}
	if got := strings.Join(slices.Compact(order), " "); got != "start text end block input end stop:tool_use metadata" {
		t.Errorf("order: %s", got)
	}
	if text != textOf(t, whole) || input != `{"city":"Tokyo","days":3}` {
		t.Errorf("streamed %q and %s", text, input)
	}
}

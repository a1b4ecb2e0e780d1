package builtin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"hardpan/internal/model"
)

func script(t *testing.T, text string) Options {
	t.Helper()
	s, err := ParseScript([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Options{Script: s}
}

func TestScriptPlaysInOrder(t *testing.T) {
	c, _ := client(t, script(t, `
turns:
  - text: I will look that up.
    tools:
      - {name: get_weather, input: {city: Tokyo, days: 2}}
  - text: It rains.
    stop: content_filtered
`))
	in := say(user("go"))
	in.ToolConfig = weather
	out, err := c.Converse(context.Background(), in)
	if err != nil || out.StopReason != types.StopReasonToolUse || textOf(t, out) != "I will look that up." {
		t.Fatalf("%v %+v", err, out)
	}
	message := out.Output.(*types.ConverseOutputMemberMessage).Value
	use := message.Content[1].(*types.ContentBlockMemberToolUse).Value
	if got := documentJSON(use.Input); got != `{"city":"Tokyo","days":2}` {
		t.Errorf("input %s", got)
	}
	in.Messages = append(in.Messages, message, types.Message{Role: "user", Content: []types.ContentBlock{
		&types.ContentBlockMemberToolResult{Value: types.ToolResultBlock{
			ToolUseId: use.ToolUseId, Content: []types.ToolResultContentBlock{&types.ToolResultContentBlockMemberText{Value: "rain"}},
		}},
	}})
	out, err = c.Converse(context.Background(), in)
	if err != nil || out.StopReason != types.StopReasonContentFiltered || textOf(t, out) != "It rains." {
		t.Fatalf("%v %+v", err, out)
	}
	in.Messages = append(in.Messages, assistant("It rains."), user("and now?"))
	out, err = c.Converse(context.Background(), in)
	if err != nil || !strings.Contains(textOf(t, out), "built-in model") {
		t.Errorf("after the script's end: %v %+v", err, out)
	}
}

func TestScriptMatchesTextAndModel(t *testing.T) {
	c, _ := client(t, script(t, `
turns:
  - {when: "(?i)weather", text: sunny}
  - {when: "weather", text: never}
  - {model: "sonnet", text: not for haiku}
  - {text: first}
`))
	for said, want := range map[string]string{"The Weather?": "sunny", "hello": "first"} {
		out, err := c.Converse(context.Background(), say(user(said)))
		if err != nil || textOf(t, out) != want {
			t.Errorf("%q: %v %+v", said, err, out)
		}
	}
}

func TestScriptFails(t *testing.T) {
	c, _ := client(t, script(t, `
turns:
  - text: at last
    error: {code: ThrottlingException, message: Slow down., times: 2}
  - error: {code: ModelTimeoutException}
`))
	for range 2 {
		_, err := c.Converse(context.Background(), say(user("a")))
		var throttled *types.ThrottlingException
		if !errors.As(err, &throttled) || *throttled.Message != "Slow down." {
			t.Fatalf("%v", err)
		}
	}
	out, err := c.Converse(context.Background(), say(user("a")))
	if err != nil || textOf(t, out) != "at last" {
		t.Errorf("%v %+v", err, out)
	}
	for range 3 {
		_, err := c.Converse(context.Background(), say(user("a"), assistant("b"), user("c")))
		wantError(t, err, "ModelTimeoutException", "reply script")
	}
}

func TestScriptFailsInTheMiddleOfAStream(t *testing.T) {
	c, _ := client(t, script(t, `
turns:
  - text: one two three four five six seven eight nine ten eleven twelve
    error: {code: ModelStreamErrorException, message: The model fell over., after: 2}
`))
	events, err := streamed(t, c, say(user("a")))
	var broken *types.ModelStreamErrorException
	if !errors.As(err, &broken) || *broken.Message != "The model fell over." || len(events) != 2 {
		t.Errorf("%d events, then %v", len(events), err)
	}
	out, err := c.Converse(context.Background(), say(user("a")))
	if err != nil || !strings.HasPrefix(textOf(t, out), "one two") {
		t.Errorf("not streamed: %v %+v", err, out)
	}
}

// A stream that waits stops at once when its call is cancelled; goleak sees to
// it that nothing stays behind.
func TestCancelledStreamStopsAtOnce(t *testing.T) {
	b := New(script(t, `turns: [{text: a b c, pause: 1m}]`))
	ctx, cancel := context.WithCancel(context.Background())
	answer, err := b.Answer(ctx, &model.Call{
		Operation: "ConverseStream", ModelID: haiku, Named: haiku, Region: "us-west-2",
		Body: []byte(`{"messages":[{"role":"user","content":[{"text":"hi"}]}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	started := time.Now()
	go func() {
		_, err := answer.Body.Read(make([]byte, 10))
		read <- err
	}()
	cancel()
	if err := <-read; !errors.Is(err, context.Canceled) || time.Since(started) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(started))
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	if tokens, ok := answer.Usage(); !ok || tokens.Input == 0 || tokens.Output != 0 { // nobody read a word
		t.Errorf("usage %+v %v", tokens, ok)
	}
}

func TestScriptFaultsSayWhere(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "line 1, column 1: a script needs at least one entry under turns",
		"turns: []":                            "line 1, column 1: a script needs",
		"turns:\n  - txet: hi\n":               "line 2, column 5: ",
		"turn:\n  - text: hi\n":                "line 1, column 1: ",
		"turns:\n  - text: a\n    text: b\n":   "line 3, column 5: ",
		"turns:\n  - stop: end_turn\n":         "line 2, column 9: a turn says something",
		"turns:\n  - {text: a, stop: never}\n": `stop: "never" is no stop reason`,
		"turns:\n  - text: a\n    when: '['\n": "line 3, column 11: error parsing regexp",
		"turns:\n  - text: a\n    when: 7\n":   "line 3, column 11: want a regular expression",
		"turns:\n  - {text: a, pause: 2h}\n":   "line 2, column 22: \"2h\" is no length of time",
		"turns:\n  - {text: [a}\n":             "line 2, column ",
		"turns:\n  - error: {code: Nope}\n":    `code "Nope" is none that Bedrock Runtime gives`,
		"turns:\n  - error: {code: ThrottlingException, times: 2}\n":          "needs text or tools too",
		"turns:\n  - {text: a, error: {code: ConflictException, after: 2}}\n": "cannot end a stream",
		"turns:\n  - tools: [{name: x, input: {a: .nan}}]\n":                  "the input of x has no JSON form",
		"turns:\n  - tools: [{input: {}}]\n":                                  "every tool needs a name",
		"turns:\n  - text: {a: 1}\n":                                          "line 2, column ",
	} {
		_, err := ParseScript([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "reply script: line ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q\n%v\nwant %s", text, err, want)
		}
	}
}

package model_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"go.uber.org/goleak"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/anthropic"
	"hardpan/internal/model/openai"
	"hardpan/internal/token"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	haiku = "anthropic.claude-3-5-haiku-20241022-v1:0"
	key   = "sk-never-to-be-seen"
)

// door stands for Hardpan's: it hands the calls of a real SDK client, over a
// real socket, to one backend.
type door struct {
	t       *testing.T
	backend model.Backend
	as      string // what the route calls the model; empty: the same
	answers chan answered
}

// answered is how one answer ended.
type answered struct {
	err      error
	tokens   usage.Tokens
	counted  bool
	progress model.Progress
	region   string
}

var operations = map[string]string{
	"converse": "Converse", "converse-stream": "ConverseStream", "invoke": "InvokeModel",
	"invoke-with-response-stream": "InvokeModelWithResponseStream", "count-tokens": "CountTokens",
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/model/"), "/")
	id, _ := url.PathUnescape(parts[0])
	body, _ := io.ReadAll(r.Body)
	call := &model.Call{Operation: operations[parts[1]], ModelID: id, Model: id, Named: id, Region: "us-west-2", Header: r.Header, Body: body}
	if d.as != "" {
		call.ModelID = d.as
	}
	a, err := d.backend.Answer(r.Context(), call)
	if err != nil {
		if strings.Contains(err.Error(), key) {
			d.t.Errorf("the key is in an error: %v", err)
		}
		d.answers <- answered{err: err}
		e := rest.Error(awserr.From(err))
		for name, values := range e.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(e.Status)
		_, _ = w.Write(e.Body)
		return
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	d.answers <- d.copy(w, a)
}

func (d *door) copy(w http.ResponseWriter, a *model.Answer) (end answered) {
	defer func() {
		a.Body.Close()
		end.tokens, end.counted = a.Usage()
		end.region = a.Region
		if a.Progress != nil {
			end.progress = a.Progress()
		}
	}()
	buf := make([]byte, 700) // smaller than many frames
	for {
		n, err := a.Body.Read(buf)
		if _, werr := w.Write(buf[:n]); werr != nil {
			return answered{err: werr}
		}
		_ = http.NewResponseController(w).Flush()
		switch {
		case errors.Is(err, io.EOF):
			return answered{}
		case err != nil:
			return answered{err: err}
		}
	}
}

// serve puts a backend behind a door, and returns a client for it.
func serve(t *testing.T, b model.Backend) (*bedrockruntime.Client, *door) {
	t.Helper()
	d := &door{t: t, backend: b, answers: make(chan answered, 1)}
	front := httptest.NewServer(d)
	t.Cleanup(front.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return bedrockruntime.New(bedrockruntime.Options{
		Region: "us-west-2", BaseEndpoint: aws.String(front.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "not-a-secret", ""),
		HTTPClient:  &http.Client{Transport: transport},
	}), d
}

// kind is a type of backend, in front of a server that speaks its API.
type kind struct {
	name string
	make func(t *testing.T, base string) model.Backend
	play func(scenario string) http.HandlerFunc

	region string // that its answers are from
	passes bool   // it passes answers as they are, broken ones too
}

var kinds = []kind{
	{"openai", func(t *testing.T, base string) model.Backend {
		b, err := openai.New(openai.Config{Name: "up", BaseURL: base + "/v1", Key: token.NewSecret(key), Backoff: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Close)
		return b
	}, playOpenAI, "unknown", false},
	{"anthropic", func(t *testing.T, base string) model.Backend {
		b, err := anthropic.New(anthropic.Config{Name: "up", BaseURL: base, Key: token.NewSecret(key), Backoff: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Close)
		return b
	}, playAnthropic, "unknown", false},
	passesOn,
}

// seen is what a client got, whatever way it came.
type seen struct {
	text, thought, tool, input, stop string
	usage                            usage.Tokens
	events                           int
	err                              error
}

// entrance is a way in.
type entrance struct {
	name    string
	streams bool
	call    func(ctx context.Context, c *bedrockruntime.Client, first func()) seen
}

var entrances = []entrance{
	{"Converse", false, converse},
	{"ConverseStream", true, converseStream},
	{"InvokeModel", false, invoke},
	{"InvokeModelWithResponseStream", true, invokeStream},
}

var question = []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "hi"}}}}

func converse(ctx context.Context, c *bedrockruntime.Client, _ func()) (s seen) {
	out, err := c.Converse(ctx, &bedrockruntime.ConverseInput{ModelId: aws.String(haiku), Messages: question})
	if err != nil {
		return seen{err: err}
	}
	for _, b := range out.Output.(*types.ConverseOutputMemberMessage).Value.Content {
		switch b := b.(type) {
		case *types.ContentBlockMemberText:
			s.text += b.Value
		case *types.ContentBlockMemberReasoningContent:
			s.thought += *b.Value.(*types.ReasoningContentBlockMemberReasoningText).Value.Text
		case *types.ContentBlockMemberToolUse:
			var input map[string]any
			_ = b.Value.Input.UnmarshalSmithyDocument(&input)
			raw, _ := json.Marshal(input)
			s.tool, s.input = *b.Value.Name, string(raw)
		}
	}
	s.stop, s.usage = string(out.StopReason), tokensOf(out.Usage)
	return s
}

func tokensOf(u *types.TokenUsage) usage.Tokens {
	return usage.Tokens{
		Input: int64(*u.InputTokens), Output: int64(*u.OutputTokens),
		CacheRead: int64(aws.ToInt32(u.CacheReadInputTokens)), CacheWrite: int64(aws.ToInt32(u.CacheWriteInputTokens)),
	}
}

func converseStream(ctx context.Context, c *bedrockruntime.Client, first func()) (s seen) {
	out, err := c.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{ModelId: aws.String(haiku), Messages: question})
	if err != nil {
		return seen{err: err}
	}
	events := out.GetStream()
	defer events.Close()
	for ev := range events.Events() {
		if s.events++; s.events == 1 {
			first()
		}
		switch ev := ev.(type) {
		case *types.ConverseStreamOutputMemberContentBlockStart:
			s.tool = *ev.Value.Start.(*types.ContentBlockStartMemberToolUse).Value.Name
		case *types.ConverseStreamOutputMemberContentBlockDelta:
			switch d := ev.Value.Delta.(type) {
			case *types.ContentBlockDeltaMemberText:
				s.text += d.Value
			case *types.ContentBlockDeltaMemberToolUse:
				s.input += *d.Value.Input
			case *types.ContentBlockDeltaMemberReasoningContent:
				if part, ok := d.Value.(*types.ReasoningContentBlockDeltaMemberText); ok {
					s.thought += part.Value
				}
			}
		case *types.ConverseStreamOutputMemberMessageStop:
			s.stop = string(ev.Value.StopReason)
		case *types.ConverseStreamOutputMemberMetadata:
			s.usage = tokensOf(ev.Value.Usage)
		}
	}
	s.err = events.Err()
	return s
}

const claudeBody = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}`

// claudeAnswer is an answer of Anthropic Messages, or an event of a stream.
type claudeAnswer struct {
	Type    string
	Content []claudeBlock
	Block   claudeBlock `json:"content_block"`
	Delta   struct {
		Text, Thinking string
		JSON           string `json:"partial_json"`
		Stop           string `json:"stop_reason"`
	}
	Stop  string `json:"stop_reason"`
	Usage struct {
		Input     int64 `json:"input_tokens"`
		Output    int64 `json:"output_tokens"`
		CacheRead int64 `json:"cache_read_input_tokens"`
	}
	Metrics *struct{ InputTokenCount, OutputTokenCount, CacheReadInputTokenCount int64 } `json:"amazon-bedrock-invocationMetrics"`
}

type claudeBlock struct {
	Type, Text, Thinking, Name string
	Input                      json.RawMessage
}

func invoke(ctx context.Context, c *bedrockruntime.Client, _ func()) (s seen) {
	out, err := c.InvokeModel(ctx, &bedrockruntime.InvokeModelInput{ModelId: aws.String(haiku), Body: []byte(claudeBody)})
	if err != nil {
		return seen{err: err}
	}
	var a claudeAnswer
	if s.err = json.Unmarshal(out.Body, &a); s.err != nil {
		return s
	}
	for _, b := range a.Content {
		s.text, s.thought = s.text+b.Text, s.thought+b.Thinking
		if b.Type == "tool_use" {
			s.tool, s.input = b.Name, string(b.Input)
		}
	}
	s.stop, s.usage = a.Stop, usage.Tokens{Input: a.Usage.Input, Output: a.Usage.Output, CacheRead: a.Usage.CacheRead}
	return s
}

func invokeStream(ctx context.Context, c *bedrockruntime.Client, first func()) (s seen) {
	out, err := c.InvokeModelWithResponseStream(ctx, &bedrockruntime.InvokeModelWithResponseStreamInput{ModelId: aws.String(haiku), Body: []byte(claudeBody)})
	if err != nil {
		return seen{err: err}
	}
	events := out.GetStream()
	defer events.Close()
	for ev := range events.Events() {
		if s.events++; s.events == 1 {
			first()
		}
		var a claudeAnswer
		if s.err = json.Unmarshal(ev.(*types.ResponseStreamMemberChunk).Value.Bytes, &a); s.err != nil {
			return s
		}
		s.text, s.thought, s.input = s.text+a.Delta.Text, s.thought+a.Delta.Thinking, s.input+a.Delta.JSON
		if a.Block.Type == "tool_use" {
			s.tool = a.Block.Name
		}
		if a.Type == "message_stop" && a.Metrics != nil {
			s.usage = usage.Tokens{Input: a.Metrics.InputTokenCount, Output: a.Metrics.OutputTokenCount, CacheRead: a.Metrics.CacheReadInputTokenCount}
		}
		if a.Delta.Stop != "" {
			s.stop = a.Delta.Stop
		}
	}
	s.err = events.Err()
	return s
}

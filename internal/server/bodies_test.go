package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/builtin"
	"hardpan/internal/server"
)

// invocation is a line of the invocation log.
type invocation struct {
	Operation string
	Input     struct {
		InputContentType, InputBodyOmitted string
		InputBodyJSON                      json.RawMessage
		InputTokenCount                    int64
	}
	Output struct {
		OutputContentType, OutputBodyOmitted string
		OutputBodyJSON                       json.RawMessage
		OutputTokenCount                     int64
	}
}

// invocations stops the server and reads what the log has by then, which only its
// owner can read.
func (w *world) invocations() (all []invocation) {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(w.opt.Invocations, "invocations-*.jsonl"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("%v, %v", files, err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			w.t.Fatal(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
			w.t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
		lines := bufio.NewScanner(f)
		for lines.Buffer(nil, 1<<20); lines.Scan(); {
			var i invocation
			if err := json.Unmarshal(lines.Bytes(), &i); err != nil {
				w.t.Fatal(err)
			}
			all = append(all, i)
		}
	}
	return all
}

func said(text string) []types.Message {
	return []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: text}}}}
}

func invokeBody(text string) []byte {
	return []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":50,"messages":[{"role":"user","content":"` + text + `"}]}`)
}

// ask makes a call of each kind with the SDK, and one that is denied.
func (w *world) ask(word string) {
	w.t.Helper()
	ctx, c := w.t.Context(), w.runtime(w.root)
	model := aws.String(haiku)
	if _, err := c.Converse(ctx, &bedrockruntime.ConverseInput{ModelId: model, Messages: said(word + " one")}); err != nil {
		w.t.Fatal(err)
	}
	streamed, err := c.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{ModelId: model, Messages: said(word + " two")})
	if err != nil {
		w.t.Fatal(err)
	}
	for range streamed.GetStream().Events() {
	}
	if err := streamed.GetStream().Err(); err != nil {
		w.t.Fatal(err)
	}
	if _, err := c.InvokeModel(ctx, &bedrockruntime.InvokeModelInput{ModelId: model, ContentType: aws.String("application/json"), Body: invokeBody(word + " three")}); err != nil {
		w.t.Fatal(err)
	}
	chunks, err := c.InvokeModelWithResponseStream(ctx, &bedrockruntime.InvokeModelWithResponseStreamInput{ModelId: model, ContentType: aws.String("application/json"), Body: invokeBody(word + " four")})
	if err != nil {
		w.t.Fatal(err)
	}
	for range chunks.GetStream().Events() {
	}
	if err := chunks.GetStream().Err(); err != nil {
		w.t.Fatal(err)
	}
	if _, err := c.InvokeModel(ctx, &bedrockruntime.InvokeModelInput{ModelId: model, Body: invokeBody(word + strings.Repeat(" five", 20<<10))}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.runtime(w.user("foo", nothing)).Converse(ctx, &bedrockruntime.ConverseInput{ModelId: model, Messages: said(word + " six")}); err == nil {
		w.t.Fatal("who may nothing is answered")
	}
}

// isNowhereElse fails if a word that was said is in what Hardpan keeps for itself.
func (w *world) isNowhereElse(word string) {
	w.t.Helper()
	if strings.Contains(w.log.String(), word) {
		w.t.Error("a prompt is in the log")
	}
	err := filepath.WalkDir(w.opt.DataDir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), word) {
			w.t.Errorf("a prompt is in %s", filepath.Base(path))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestBodiesAreInTheInvocationLogIfTheyAreWanted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "invocations")
	w := start(t, func(o *server.Options) { o.Invocations, o.InvocationBodies = dir, true })
	w.ask("heliotrope")
	all := w.invocations()
	w.isNowhereElse("heliotrope")
	parts := []struct{ operation, in, out string }{
		{"Converse", `"heliotrope one"`, `"stopReason":"end_turn"`},
		{"ConverseStream", `"heliotrope two"`, `{"messageStop":{"stopReason":"end_turn"}}`},
		{"InvokeModel", `"content":"heliotrope three"`, `"type":"message"`},
		{"InvokeModelWithResponseStream", `"content":"heliotrope four"`, `"type":"message_stop"`},
	}
	if len(all) != len(parts)+1 {
		t.Fatalf("%d records", len(all))
	}
	for n, want := range parts {
		i := all[n]
		if i.Operation != want.operation || i.Input.InputBodyOmitted+i.Output.OutputBodyOmitted != "" ||
			i.Input.InputContentType != "application/json" || i.Output.OutputContentType != "application/json" ||
			!strings.Contains(string(i.Input.InputBodyJSON), want.in) || !strings.Contains(string(i.Output.OutputBodyJSON), want.out) {
			t.Errorf("%s: %+v\n%s\n%s", want.operation, i, i.Input.InputBodyJSON, i.Output.OutputBodyJSON)
		}
		if streamed := strings.Contains(want.operation, "Stream"); streamed != (i.Output.OutputBodyJSON[0] == '[') {
			t.Errorf("%s: %s", want.operation, i.Output.OutputBodyJSON)
		}
	}
	long := all[len(parts)]
	if long.Input.InputBodyOmitted != "larger than 100 KB" || long.Input.InputBodyJSON != nil || long.Output.OutputBodyJSON == nil || long.Input.InputTokenCount == 0 {
		t.Errorf("of more than 100 KB: %+v", long)
	}
}

// mute is a backend that answers nothing.
type mute struct{ model.Backend }

func (mute) Answer(context.Context, *model.Call) (*model.Answer, error) {
	return nil, awserr.New("ServiceUnavailableException", http.StatusServiceUnavailable, "Bedrock is unable to process your request.")
}

func TestACallWithoutAnAnswerHasItsRequestInTheLog(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.Invocations, o.InvocationBodies, o.MetricsListen = filepath.Join(t.TempDir(), "invocations"), true, "127.0.0.1:0"
		o.Backends = model.Routes{Default: mute{builtin.New(builtin.Options{})}}
	})
	if _, err := w.converse(w.root, haiku); err == nil {
		t.Fatal("a backend that answers nothing is answered")
	}
	scrape, err := w.client.Get(w.MetricsURL())
	if err != nil {
		t.Fatal(err)
	}
	defer scrape.Body.Close()
	if text, err := io.ReadAll(scrape.Body); err != nil || !strings.Contains(string(text), "\nhardpan_unkept_bodies_total 0\n") {
		t.Errorf("what was not kept is not counted: %v", err)
	}
	all := w.invocations()
	if len(all) != 1 || !strings.Contains(string(all[0].Input.InputBodyJSON), `"hello"`) || all[0].Output.OutputBodyJSON != nil || all[0].Output.OutputBodyOmitted != "" {
		t.Errorf("got %+v", all)
	}
}

func TestBodiesAreInNoLogOtherwise(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "invocations")
	w := start(t, func(o *server.Options) { o.Invocations = dir })
	w.ask("heliotrope")
	all := w.invocations()
	w.isNowhereElse("heliotrope")
	if len(all) != 5 {
		t.Fatalf("%d records", len(all))
	}
	for _, i := range all {
		if i.Input.InputBodyJSON != nil || i.Output.OutputBodyJSON != nil || i.Input.InputBodyOmitted+i.Output.OutputBodyOmitted != "" || i.Output.OutputTokenCount == 0 {
			t.Errorf("got %+v", i)
		}
	}
}

// A record that is written after a restart says that the bodies were not kept.
func TestBodiesDoNotOutliveTheServer(t *testing.T) {
	w := start(t)
	if _, err := w.converse(w.root, haiku); err != nil {
		t.Fatal(err)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	opt := w.opt
	opt.Invocations, opt.InvocationBodies = filepath.Join(t.TempDir(), "invocations"), true
	again := open(t, opt)
	again.serve()
	all := again.invocations()
	if len(all) != 1 || all[0].Input.InputBodyOmitted != "not kept" || all[0].Output.OutputBodyOmitted != "not kept" || all[0].Output.OutputTokenCount == 0 {
		t.Errorf("got %+v", all)
	}
}

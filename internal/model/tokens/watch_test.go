package tokens

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"hardpan/internal/model"
	"hardpan/internal/usage"
	"hardpan/internal/wire/stream"
)

const question = `{"system":[{"text":"You are terse."}],"messages":[{"role":"user","content":[{"text":"What is the capital of Japan?"}]}]}`

// answer is one that tells what it used at its end, if it tells at all.
func answer(body io.Reader, told *usage.Tokens, progress *model.Progress) *model.Answer {
	a := &model.Answer{Status: 200, Body: io.NopCloser(body), Usage: func() (usage.Tokens, bool) {
		if told == nil {
			return usage.Tokens{}, false
		}
		return *told, true
	}}
	if progress != nil {
		a.Progress = func() model.Progress { return *progress }
	}
	return a
}

func watch(t *testing.T, request string, a *model.Answer) (usage.Tokens, bool) {
	t.Helper()
	Watch(&model.Call{Operation: "Converse", Body: []byte(request)}, a)
	if _, err := io.Copy(io.Discard, a.Body); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	if err := a.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return a.Usage()
}

// deltas is a stream of n pieces of a text, as ConverseStream has them.
func deltas(t *testing.T, n int) []byte {
	var frames []byte
	var err error
	for i := range n {
		payload := fmt.Appendf(nil, `{"contentBlockIndex":0,"delta":{"text":" word%d"},"p":"abcdefghijklmnop"}`, i%10)
		if frames, err = stream.AppendEvent(frames, "contentBlockDelta", payload); err != nil {
			t.Fatal(err)
		}
	}
	return frames
}

// What a backend says stands, whatever is in the answer.
func TestWhatIsReportedStands(t *testing.T) {
	told, whole := usage.Tokens{Input: 3, Output: 4}, model.Whole
	for name, a := range map[string]*model.Answer{
		"whole":  answer(strings.NewReader(`{"output":"many many many words"}`), &told, nil),
		"stream": answer(bytes.NewReader(deltas(t, 9)), &told, &whole),
		"broken": answer(io.MultiReader(strings.NewReader("{"), broken{}), &told, nil),
	} {
		if got, counted := watch(t, question, a); got != told || !counted {
			t.Errorf("%s: %+v, %v", name, got, counted)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// What nobody says is counted, on both sides, and said to be so.
func TestWhatIsNotReportedIsCounted(t *testing.T) {
	got, counted := watch(t, question, answer(strings.NewReader(`{"output":{"message":{"role":"assistant","content":[{"text":"Tokyo is the capital of Japan."}]}},"stopReason":"end_turn"}`), nil, nil))
	if counted || got.Output != 8 || got.Input < 12 || got.Input > int64(len(question)) {
		t.Errorf("%+v, %v", got, counted)
	}
	whole := model.Whole
	if got, counted := watch(t, question, answer(bytes.NewReader(deltas(t, 10)), nil, &whole)); counted || got.Output != 20 {
		t.Errorf("stream: %+v, %v", got, counted)
	}
}

// Of a stream that is cut, what was delivered is charged: not nothing, and not
// what the backend would have reported had it gone on.
func TestACutStreamIsChargedForWhatWasDelivered(t *testing.T) {
	cut := model.Cut
	early := usage.Tokens{Input: 50, Output: 1, CacheRead: 7} // Claude says so at the beginning
	got, counted := watch(t, question, answer(bytes.NewReader(deltas(t, 10)), &early, &cut))
	if counted || got != (usage.Tokens{Input: 50, Output: 20, CacheRead: 7}) {
		t.Errorf("%+v, %v", got, counted)
	}
	got, counted = watch(t, question, answer(io.MultiReader(bytes.NewReader(deltas(t, 10)), bytes.NewReader(deltas(t, 1)[:20]), broken{}), nil, &cut))
	if counted || got.Output < 20 || got.Output > 21 || got.Input < 12 {
		t.Errorf("within a frame: %+v, %v", got, counted)
	}
	if got, _ := watch(t, question, answer(strings.NewReader(""), nil, &cut)); got.Output != 0 || got.Input < 12 {
		t.Errorf("before the first word: %+v", got)
	}
}

// The chunks of InvokeModelWithResponseStream hold the model's own JSON.
func TestChunksAreCounted(t *testing.T) {
	var frames []byte
	var err error
	for _, event := range []string{
		`{"type":"message_start","message":{"id":"msg_1","role":"assistant"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Tokyo is the"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" capital of Japan."}}`,
	} {
		if frames, err = stream.AppendChunk(frames, []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	cut := model.Cut
	if got, _ := watch(t, question, answer(bytes.NewReader(frames), nil, &cut)); got.Output != 8 {
		t.Errorf("%+v", got)
	}
}

// A long answer is not kept; its rest counts as its beginning does.
func TestLongAnswers(t *testing.T) {
	cut := model.Cut
	const n = 20_000
	a := answer(bytes.NewReader(deltas(t, n)), nil, &cut)
	got, _ := watch(t, question, a)
	if got.Output < 2*n*98/100 || got.Output > 2*n*102/100 {
		t.Errorf("%d tokens of %d", got.Output, 2*n)
	}
	if kept := cap(a.Body.(*watched).beginning); kept > 32<<10 {
		t.Errorf("%d bytes are kept", kept)
	}
	long := `{"outputs":[{"text":"` + strings.Repeat("Tokyo is the capital of Japan. ", 2000) + `"}]}`
	if got, _ := watch(t, question, answer(strings.NewReader(long), nil, nil)); got.Output < 13_500 || got.Output > 14_500 {
		t.Errorf("%d tokens of some 14000", got.Output)
	}
}

// Pictures are no words.
func TestPictures(t *testing.T) {
	picture := base64.StdEncoding.EncodeToString(make([]byte, 100_000))
	got, _ := watch(t, `{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"`+picture+`"}}},{"text":"What is it?"}]}]}`,
		answer(strings.NewReader(`{}`), nil, nil))
	if got.Input < mediaTokens || got.Input > mediaTokens+50 {
		t.Errorf("%+v", got)
	}
	got, counted := watch(t, `{"taskType":"TEXT_IMAGE","imageGenerationConfig":{"numberOfImages":3}}`, answer(strings.NewReader(`{"images":["`+picture+`"]}`), nil, nil))
	if counted || got.Images != 3 || got.Output != 0 {
		t.Errorf("%+v", got)
	}
	got, _ = watch(t, `{"inputText":"hello"}`, answer(strings.NewReader(`{"embedding":[`+strings.Repeat("0.123456789,", 5000)+`0]}`), nil, nil))
	if got.Output != 0 || got.Input == 0 {
		t.Errorf("an embedding is no text: %+v", got)
	}
}

func FuzzWatch(f *testing.F) {
	f.Add([]byte(question), []byte(`{"text":"a\"`), true)
	f.Add([]byte(`{`), []byte{0, 0, 0, 16}, false)
	f.Fuzz(func(t *testing.T, request, body []byte, streams bool) {
		cut := model.Cut
		progress := &cut
		if !streams {
			progress = nil
		}
		got, counted := watch(t, string(request), answer(bytes.NewReader(body), nil, progress))
		if counted || got.Check() != nil || got.Output > int64(len(body)) || got.Input > int64(len(request))*mediaTokens {
			t.Errorf("%+v", got)
		}
	})
}

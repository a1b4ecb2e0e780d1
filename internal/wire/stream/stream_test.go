package stream_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/google/go-cmp/cmp"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/stream"
)

type seen struct{ Message, Type, Payload string }

// conversation is one of each event, an exception, and a chunk.
func conversation(t testing.TB) []byte {
	t.Helper()
	var b []byte
	var err error
	for _, event := range events() {
		if b, err = stream.AppendConverse(b, event); err != nil {
			t.Fatal(err)
		}
	}
	if b, err = stream.AppendChunk(b, []byte(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if b, err = stream.AppendException(b, awserr.New("ThrottlingException", 429, "Too many requests.")); err != nil {
		t.Fatal(err)
	}
	return b
}

func events() []types.ConverseStreamOutput {
	return []types.ConverseStreamOutput{
		&types.ConverseStreamOutputMemberMessageStart{Value: types.MessageStartEvent{Role: "assistant"}},
		&types.ConverseStreamOutputMemberContentBlockStart{Value: types.ContentBlockStartEvent{
			ContentBlockIndex: aws.Int32(0), Start: &types.ContentBlockStartMemberToolUse{Value: types.ToolUseBlockStart{Name: aws.String("f"), ToolUseId: aws.String("t1")}},
		}},
		&types.ConverseStreamOutputMemberContentBlockDelta{Value: types.ContentBlockDeltaEvent{
			ContentBlockIndex: aws.Int32(0), Delta: &types.ContentBlockDeltaMemberText{Value: "a \"b\" <c>"},
		}},
		&types.ConverseStreamOutputMemberContentBlockStop{Value: types.ContentBlockStopEvent{ContentBlockIndex: aws.Int32(0)}},
		&types.ConverseStreamOutputMemberMessageStop{Value: types.MessageStopEvent{
			StopReason: "end_turn", AdditionalModelResponseFields: document.NewLazyDocument(map[string]any{"k": 1}),
		}},
		&types.ConverseStreamOutputMemberMetadata{Value: types.ConverseStreamMetadataEvent{
			Usage:   &types.TokenUsage{InputTokens: aws.Int32(3), OutputTokens: aws.Int32(4), TotalTokens: aws.Int32(7)},
			Metrics: &types.ConverseStreamMetrics{LatencyMs: aws.Int64(9)},
		}},
	}
}

var wanted = []seen{
	{"event", "messageStart", `{"role":"assistant"}`},
	{"event", "contentBlockStart", `{"contentBlockIndex":0,"start":{"toolUse":{"name":"f","toolUseId":"t1"}}}`},
	{"event", "contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"a \"b\" <c>"}}`},
	{"event", "contentBlockStop", `{"contentBlockIndex":0}`},
	{"event", "messageStop", `{"additionalModelResponseFields":{"k":1},"stopReason":"end_turn"}`},
	{"event", "metadata", `{"metrics":{"latencyMs":9},"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7}}`},
	{"event", "chunk", `{"bytes":"eyJhIjoxfQ=="}`},
	{"exception", "throttlingException", `{"message":"Too many requests."}`},
}

func TestFramesAreWhatTheSDKReads(t *testing.T) {
	var got []seen
	r := bytes.NewReader(conversation(t))
	for r.Len() > 0 {
		m, err := eventstream.NewDecoder().Decode(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		kind := m.Headers.Get(":event-type")
		if kind == nil {
			kind = m.Headers.Get(":exception-type")
		}
		if ct := m.Headers.Get(":content-type").String(); ct != "application/json" {
			t.Errorf("content type %q", ct)
		}
		got = append(got, seen{m.Headers.Get(":message-type").String(), kind.String(), sorted(t, m.Payload)})
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Error(diff)
	}
}

// However the bytes are cut, the scanner finds the same frames.
func TestScannerFindsFramesInAnyPieces(t *testing.T) {
	all := conversation(t)
	for size := 1; size <= len(all); size++ {
		var got []seen
		s := stream.NewScanner(func(f stream.Frame) { got = append(got, seen{f.Message, f.Type, sorted(t, f.Payload)}) })
		for rest := all; len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := s.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if diff := cmp.Diff(wanted, got); diff != "" || !s.Whole() {
			t.Fatalf("in pieces of %d bytes: %v\n%s", size, s.Err(), diff)
		}
	}
}

func TestScannerDoesNotCopyAWholeFrame(t *testing.T) {
	frame, err := stream.AppendEvent(nil, "metadata", []byte(`{"usage":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	s := stream.NewScanner(func(f stream.Frame) {
		if &f.Payload[0] != &frame[len(frame)-4-len(f.Payload)] {
			t.Error("the payload is a copy")
		}
		n++
	})
	if allocs := testing.AllocsPerRun(100, func() { _, _ = s.Write(frame) }); allocs != 0 || n == 0 {
		t.Errorf("%v allocations a frame, %d frames", allocs, n)
	}
}

func TestScannerStopsAtMalformedBytes(t *testing.T) {
	good := conversation(t)
	flipped := bytes.Clone(good)
	flipped[40] ^= 1
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0}
	for name, b := range map[string][]byte{"flipped bit": flipped, "huge": huge, "text": []byte(strings.Repeat("hello ", 99))} {
		s := stream.NewScanner(func(stream.Frame) {})
		n, err := s.Write(b)
		if n != len(b) || err != nil || !errors.Is(s.Err(), stream.ErrMalformed) || s.Whole() {
			t.Errorf("%s: wrote %d, %v; scanner says %v", name, n, err, s.Err())
		}
		if _, err := s.Write(good); err != nil || s.Err() == nil {
			t.Errorf("%s: the scanner went on", name)
		}
	}
	s := stream.NewScanner(func(stream.Frame) {})
	_, _ = s.Write(good[:len(good)-1])
	if s.Whole() || s.Err() != nil {
		t.Errorf("a stream cut short is whole, or malformed: %v", s.Err())
	}
}

func TestChunkMetrics(t *testing.T) {
	for pad := range 9 {
		body := `{"p":"` + strings.Repeat("x", pad) + `","amazon-bedrock-invocationMetrics":{"inputTokenCount":5}}`
		for text, want := range map[string]bool{body: true, strings.Replace(body, "invocationM", "invocationN", 1): false} {
			frame, err := stream.AppendChunk(nil, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			s := stream.NewScanner(func(f stream.Frame) {
				if got := stream.MayHoldMetrics(f.Payload); got != want {
					t.Errorf("padding %d: metrics found is %v", pad, got)
				}
				if got, err := stream.ChunkBody(f.Payload); err != nil || string(got) != text {
					t.Errorf("the chunk is %s, %v", got, err)
				}
			})
			_, _ = s.Write(frame)
		}
	}
	if _, err := stream.ChunkBody([]byte(`{"bytes":5}`)); err == nil {
		t.Error("a chunk that is a number was taken")
	}
}

func TestAppendConverseRefusesWhatIsNoEvent(t *testing.T) {
	for _, event := range []types.ConverseStreamOutput{nil, &types.UnknownUnionMember{Tag: "x"}, (*types.ConverseStreamOutputMemberMetadata)(nil)} {
		if _, err := stream.AppendConverse(nil, event); err == nil {
			t.Errorf("%v was encoded", reflect.TypeOf(event))
		}
	}
}

func FuzzScanner(f *testing.F) {
	f.Add(conversation(f), 7)
	f.Add([]byte{0, 0, 0, 16, 0, 0, 0, 0, 5, 194, 72, 235, 125, 152, 200, 255}, 3)
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		size = max(1, size%64)
		var whole, pieces []seen
		one := stream.NewScanner(func(f stream.Frame) { whole = append(whole, seen{f.Message, f.Type, string(f.Payload)}) })
		_, _ = one.Write(b)
		many := stream.NewScanner(func(f stream.Frame) { pieces = append(pieces, seen{f.Message, f.Type, string(f.Payload)}) })
		for rest := b; len(rest) > 0; {
			n := min(size, len(rest))
			_, _ = many.Write(rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(whole, pieces); diff != "" || (one.Err() == nil) != (many.Err() == nil) {
			t.Errorf("whole: %v, in pieces of %d: %v\n%s", one.Err(), size, many.Err(), diff)
		}
	})
}

// sorted writes JSON with sorted members, since the SDK writes a struct's
// members in an order of its own.
func sorted(t testing.TB, payload []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(payload, &v); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

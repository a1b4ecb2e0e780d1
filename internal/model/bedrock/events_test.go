package bedrock_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"hardpan/internal/model/bedrock"
	"hardpan/internal/usage"
)

// frame encodes one event with the SDK's encoder.
func frame(t *testing.T, messageType, name, payload string) []byte {
	t.Helper()
	var m eventstream.Message
	m.Headers.Set(":"+messageType+"-type", eventstream.StringValue(name))
	m.Headers.Set(":content-type", eventstream.StringValue("application/json"))
	m.Headers.Set(":message-type", eventstream.StringValue(messageType))
	m.Payload = []byte(payload)
	var b bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func conversation(t *testing.T) [][]byte {
	return [][]byte{
		frame(t, "event", "messageStart", `{"role":"assistant","p":"abc"}`),
		frame(t, "event", "contentBlockDelta", `{"delta":{"text":"metadata chunk `+strings.Repeat("long ", 9000)+`"},"contentBlockIndex":0}`),
		frame(t, "event", "contentBlockStop", `{"contentBlockIndex":0}`),
		frame(t, "event", "messageStop", `{"stopReason":"end_turn"}`),
		frame(t, "event", "metadata", `{"usage":{"inputTokens":12,"outputTokens":34,"totalTokens":46,"cacheReadInputTokens":5},"metrics":{"latencyMs":9}}`),
	}
}

func chunk(t *testing.T, inner string) []byte {
	return frame(t, "event", "chunk", fmt.Sprintf(`{"bytes":%q,"p":"ab"}`, base64.StdEncoding.EncodeToString([]byte(inner))))
}

// streaming serves the pieces, each flushed, and then ends as told.
func streaming(end func(http.ResponseWriter, *http.Request), pieces ...[]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		for _, p := range pieces {
			_, _ = w.Write(p)
			w.(http.Flusher).Flush()
		}
		if end != nil {
			end(w, r)
		}
	}
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func wait(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestStreamsPassUnchangedAndUsageIsRead(t *testing.T) {
	metrics := `{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":21,"outputTokenCount":43,"invocationLatency":1,"firstByteLatency":1}}`
	for name, c := range map[string]struct {
		op     string
		frames [][]byte
		want   usage.Tokens
		known  bool
	}{
		"converse":       {"ConverseStream", conversation(t), usage.Tokens{Input: 12, Output: 34, CacheRead: 5}, true},
		"no metadata":    {"ConverseStream", conversation(t)[:4], usage.Tokens{}, false},
		"exception":      {"ConverseStream", append(conversation(t)[:2], frame(t, "exception", "throttlingException", `{"message":"slow down"}`)), usage.Tokens{}, false},
		"invoke":         {"InvokeModelWithResponseStream", [][]byte{chunk(t, `{"type":"message_start"}`), chunk(t, metrics)}, usage.Tokens{Input: 21, Output: 43}, true},
		"no metrics":     {"InvokeModelWithResponseStream", [][]byte{chunk(t, metrics), chunk(t, `{"type":"other"}`)}, usage.Tokens{}, false},
		"nothing at all": {"InvokeModelWithResponseStream", nil, usage.Tokens{}, false},
	} {
		whole := bytes.Join(c.frames, nil)
		for size, pieces := range map[string][][]byte{"by frame": c.frames, "at once": {whole}, "in odd pieces": split(whole, 777)} {
			t.Run(name+" "+size, func(t *testing.T) {
				a, got := answer(t, backend(t, streaming(nil, pieces...)), call(c.op, "{}"))
				if got != string(whole) {
					t.Errorf("%d bytes became %d", len(whole), len(got))
				}
				if tokens, known := a.Usage(); tokens != c.want || known != c.known {
					t.Errorf("usage = %+v, %v; want %+v, %v", tokens, known, c.want, c.known)
				}
				if a.Header.Get("Content-Length") != "" {
					t.Error("a stream has a length")
				}
			})
		}
	}
}

func split(b []byte, n int) (pieces [][]byte) {
	for len(b) > n {
		pieces, b = append(pieces, b[:n]), b[n:]
	}
	return append(pieces, b)
}

// Each frame reaches the client before the next one exists.
func TestFramesAreNotHeldBack(t *testing.T) {
	frames := conversation(t)
	next := make(chan []byte)
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream; charset=x")
		for f := range next {
			_, _ = w.Write(f)
			w.(http.Flusher).Flush()
		}
	})
	go func() { next <- frames[0] }()
	a, err := b.Answer(t.Context(), call("ConverseStream", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	for i, f := range frames {
		if i > 0 {
			next <- f
		}
		got := make([]byte, len(f))
		if _, err := io.ReadFull(a.Body, got); err != nil || !bytes.Equal(got, f) {
			t.Fatalf("frame %d: %v", i, err)
		}
	}
	close(next)
	if _, err := a.Body.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

// A stream cut at any place passes its whole frames and then says that it was cut.
func TestCutStreamEndsWithAnException(t *testing.T) {
	frames := conversation(t)
	frames[1] = frame(t, "event", "contentBlockDelta", `{"delta":{"text":"hi"}}`)
	whole := bytes.Join(frames, nil)
	stop := len(whole) - len(frames[4]) // from here on, a clean end of HTTP is an end
	cuts := map[string]func(http.ResponseWriter, *http.Request){"hung up": hangUp, "ended": nil}
	for how, end := range cuts {
		for at := 0; at < len(whole); at += 1 + at%7 {
			if how == "ended" && at == stop {
				continue
			}
			a, got := answer(t, backend(t, streaming(end, whole[:at])), call("ConverseStream", "{}"))
			checkCut(t, fmt.Sprint(how, " at ", at), frames, at, got, "ended the stream")
			if _, known := a.Usage(); known {
				t.Errorf("%s at %d: usage is known", how, at)
			}
		}
	}
}

// checkCut expects the frames that are whole in the first at bytes, and one
// modelled exception behind them.
func checkCut(t *testing.T, name string, frames [][]byte, at int, got, message string) {
	t.Helper()
	n := 0
	for _, f := range frames {
		if n+len(f) > at {
			break
		}
		n += len(f)
	}
	if !strings.HasPrefix(got, string(bytes.Join(frames, nil)[:n])) {
		t.Fatalf("%s: the whole frames did not pass", name)
	}
	r := strings.NewReader(got[n:])
	m, err := eventstream.NewDecoder().Decode(r, nil)
	if err != nil || r.Len() > 0 {
		t.Fatalf("%s: behind the frames: %v, %d bytes more", name, err, r.Len())
	}
	kind, of := m.Headers.Get(":message-type"), m.Headers.Get(":exception-type")
	if kind == nil || kind.String() != "exception" || of == nil || of.String() != "modelStreamErrorException" || !strings.Contains(string(m.Payload), message) {
		t.Errorf("%s: ended with %v %s", name, m.Headers, m.Payload)
	}
}

func TestStalledStreamEndsWithAnException(t *testing.T) {
	frames := conversation(t)[:1]
	b := backend(t, streaming(wait, frames[0], []byte{0, 0}), func(c *bedrock.Config) { c.Idle = 30 * time.Millisecond })
	_, got := answer(t, b, call("ConverseStream", "{}"))
	checkCut(t, "stalled", frames, len(frames[0]), got, "stopped sending")
}

func TestGarbageIsNotPassed(t *testing.T) {
	frames := conversation(t)[:2]
	for name, garbage := range map[string]string{"text": "<html>an error page</html>", "huge": "\x7f\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00", "small": strings.Repeat("\x00", 40)} {
		_, got := answer(t, backend(t, streaming(nil, frames[0], frames[1], []byte(garbage))), call("ConverseStream", "{}"))
		checkCut(t, name, frames, len(frames[0])+len(frames[1]), got, "ended the stream")
	}
}

func TestStreamReadInSmallPieces(t *testing.T) {
	whole := bytes.Join(conversation(t), nil)
	a, err := backend(t, streaming(nil, whole)).Answer(t.Context(), call("ConverseStream", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	got, err := io.ReadAll(iotest.OneByteReader(a.Body))
	if err != nil || !bytes.Equal(got, whole) {
		t.Errorf("%d of %d bytes, %v", len(got), len(whole), err)
	}
}

package bodies

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/stream"
)

func TestABodyIsJSONOrAString(t *testing.T) {
	for raw, want := range map[string]string{
		`{"a":1.0}`: `{"a":1.0}`, `plain "text"`: `"plain \"text\""`, `{"cut":"he`: `"{\"cut\":\"he"`, "": `""`, "\xff": `"\ufffd"`,
	} {
		if b := Of("c", []byte(raw)); string(b.JSON) != want || b.Large || b.ContentType != "c" {
			t.Errorf("%q: %+v, want %s", raw, b, want)
		}
	}
}

func TestTheLargestBodyThatIsKept(t *testing.T) {
	for size, large := range map[int]bool{Inline: false, Inline + 1: true} {
		text := `"` + strings.Repeat("x", size-2) + `"`
		p := Watch(io.NopCloser(iotest.HalfReader(strings.NewReader(text))), "application/json")
		if _, err := io.Copy(io.Discard, p); err != nil {
			t.Fatal(err)
		}
		for _, b := range []Body{Of("application/json", []byte(text)), *p.Body()} {
			if b.Large != large || large != (len(b.JSON) == 0) || !large && string(b.JSON) != text {
				t.Errorf("of %d bytes %d are kept, large: %v", size, len(b.JSON), b.Large)
			}
		}
		if large && p.kept != nil {
			t.Error("what was kept of a body that is too large stays")
		}
	}
}

func TestTheBodyIsACopy(t *testing.T) {
	raw := []byte(`{"a":1}`)
	b := Of("", raw)
	raw[2] = 'z'
	if string(b.JSON) != `{"a":1}` {
		t.Errorf("got %s", b.JSON)
	}
}

// frames are two events of a Converse stream, a chunk and an exception.
func frames(t *testing.T, chunk string) string {
	t.Helper()
	out := frame(t, "messageStart", `{"p":"abcd","role":"assistant"}`) + frame(t, "messageStop", `{"stopReason":"end_turn"}`)
	b, err := stream.AppendChunk(nil, []byte(chunk))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = stream.AppendException(b, awserr.New("ThrottlingException", 429, "slow")); err != nil {
		t.Fatal(err)
	}
	return out + string(b)
}

func TestAStreamIsAListOfItsEvents(t *testing.T) {
	const want = `[{"messageStart":{"role":"assistant"}},{"messageStop":{"stopReason":"end_turn"}},{"type":"x"},{"throttlingException":{"message":"slow"}}]`
	text := frames(t, `{"type":"x"}`)
	for name, r := range map[string]io.Reader{
		"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)),
		"cut": io.MultiReader(strings.NewReader(text), strings.NewReader("\x00\x00"), iotest.ErrReader(errors.New("cut"))),
	} {
		p := Watch(io.NopCloser(r), stream.ContentType)
		passed, err := io.ReadAll(p)
		if !strings.HasPrefix(string(passed), text) || (err != nil) != (name == "cut") {
			t.Errorf("%s: %d of %d bytes pass, %v", name, len(passed), len(text), err)
		}
		if b := p.Body(); string(b.JSON) != want || b.ContentType != "application/json" || b.Large {
			t.Errorf("%s: %s", name, b.JSON)
		}
	}
	if b := Watch(io.NopCloser(strings.NewReader("")), stream.ContentType).Body(); string(b.JSON) != "[]" {
		t.Errorf("of nothing: %s", b.JSON)
	}
	p := Watch(io.NopCloser(strings.NewReader(frames(t, `"`+strings.Repeat("x", Inline)+`"`))), stream.ContentType)
	if _, err := io.Copy(io.Discard, p); err != nil || !p.Body().Large || p.Body().JSON != nil {
		t.Errorf("a long stream: %v, %+v", err, p.Body().Large)
	}
}

func call(text string) Call { return Call{Request: Of("", []byte(text))} }

func TestWhatIsReadStaysUntilItIsWritten(t *testing.T) {
	s := NewShelf(Room)
	s.Put("a", call("1"))
	s.Put("b", call("2"))
	for range 2 { // the second time after a failure to write
		if c, ok := s.Read("a"); !ok || string(c.Request.JSON) != "1" {
			t.Fatalf("got %s, %v", c.Request.JSON, ok)
		}
	}
	s.Forget()
	if _, ok := s.Read("a"); ok {
		t.Error("what was written is still there")
	}
	if _, ok := s.Read("b"); !ok {
		t.Error("what was not written is gone")
	}
	s.Forget()
	if s.size != 0 || s.order.Len() != 0 || len(s.calls) != 0 || s.Dropped() != 0 {
		t.Errorf("%d bytes of %d calls are left", s.size, s.order.Len())
	}
}

func TestAFullShelfDropsTheOldest(t *testing.T) {
	one := call(`"0123456789"`)
	s := NewShelf(3 * one.size())
	for i := range 5 {
		s.Put(fmt.Sprint(i), one)
		s.Put(fmt.Sprint(i), one) // again is not twice
	}
	for i := range 5 {
		if _, ok := s.Read(fmt.Sprint(i)); ok != (i >= 2) {
			t.Errorf("call %d is there: %v", i, ok)
		}
	}
	if s.Dropped() != 2 {
		t.Errorf("%d are counted", s.Dropped())
	}
	s.Put("5", one) // drops one that was read
	if s.Dropped() != 2 || s.size > s.room {
		t.Errorf("%d are counted, %d bytes of %d", s.Dropped(), s.size, s.room)
	}
	s.Put("6", call(`"`+strings.Repeat("x", s.room)+`"`))
	if _, ok := s.Read("6"); ok || s.size != 0 {
		t.Errorf("one that is larger than the shelf: %v, %d bytes", ok, s.size)
	}
}

func TestAShelfIsSharedByCalls(t *testing.T) {
	s := NewShelf(20 * 600)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 200 {
				id := fmt.Sprint(i, "-", n)
				s.Put(id, call(id))
				s.Read(id)
				s.Forget()
			}
		})
	}
	all.Wait()
	s.Forget()
	if s.size != 0 || len(s.calls) != 0 {
		t.Errorf("%d bytes are left", s.size)
	}
}

// frame is one event as it goes over the wire.
func frame(t *testing.T, kind, payload string) string {
	t.Helper()
	var out strings.Builder
	err := eventstream.NewEncoder().Encode(&out, eventstream.Message{
		Headers: eventstream.Headers{
			{Name: ":message-type", Value: eventstream.StringValue("event")},
			{Name: ":event-type", Value: eventstream.StringValue(kind)},
		},
		Payload: []byte(payload),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

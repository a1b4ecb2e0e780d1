package tokens

import (
	"bytes"
	"encoding/json"
	"strings"

	"hardpan/internal/wire/stream"
)

// notText are members of bodies whose value is no text that a model reads or
// writes: base64, signatures, ids, and the padding of event streams.
var notText = map[string]bool{
	"bytes": true, "data": true, "base64": true, "redactedContent": true, "signature": true,
	"p": true, "type": true, "role": true, "id": true, "toolUseId": true, "tool_use_id": true,
	"images": true, "image": true, "artifacts": true, "model": true, "stop_reason": true, "stopReason": true, "anthropic_version": true, "embedding": true,
}

// texts gathers what a JSON body says, and counts what else it holds.
type texts struct {
	said  strings.Builder
	names bool // names of members count too, as in a tool's schema
	media int  // values that are base64
}

// read takes one JSON value; of one that is cut, what is before the cut.
func (t *texts) read(raw []byte) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	_ = t.value(decoder, "")
}

func (t *texts) value(d *json.Decoder, name string) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case string:
		t.text(name, v)
	case json.Delim:
		for d.More() {
			inner := name
			if v == '{' {
				if inner, err = t.name(d); err != nil {
					return err
				}
			}
			if err := t.value(d, inner); err != nil {
				return err
			}
		}
		_, err = d.Token() // the end
	}
	return err
}

func (t *texts) name(d *json.Decoder) (string, error) {
	token, err := d.Token()
	name, _ := token.(string)
	if t.names && err == nil {
		t.said.WriteString(name + " ")
	}
	return name, err
}

// shortest is how many bytes of base64 are taken for a picture or the like.
const shortest = 100

func (t *texts) text(name, value string) {
	switch {
	case !notText[name]:
		t.said.WriteString(value)
		if t.names {
			t.said.WriteByte('\n')
		}
	case len(value) >= shortest && (name == "bytes" || name == "data"):
		t.media++
	}
}

// cut takes the text that a JSON body breaks off in, if it does so in one.
func (t *texts) cut(raw []byte) {
	start := -1
	for i := 0; i < len(raw); i++ {
		switch {
		case raw[i] == '"' && start < 0:
			start = i + 1
		case raw[i] == '"':
			start = -1
		case raw[i] == '\\':
			i++
		}
	}
	if start >= 0 {
		t.said.Write(raw[start:])
	}
}

// frames takes the events of a stream; it returns how many bytes whole frames
// had.
func (t *texts) frames(raw []byte) int64 {
	scanner := stream.NewScanner(func(f stream.Frame) {
		payload := f.Payload
		if f.Message != "event" {
			return
		}
		if f.Type == "chunk" {
			inner, err := stream.ChunkBody(payload)
			if err != nil {
				return
			}
			payload = inner
		}
		t.read(payload)
	})
	_, _ = scanner.Write(raw) // never fails
	return scanner.Passed()
}

package bodies

import (
	"bytes"
	"encoding/json"
	"io"

	"hardpan/internal/wire/stream"
)

// Passing is an answer that is kept as it passes, up to [Inline]. Of an event
// stream a list of its events is kept: of a model's own chunks their JSON, of
// other events an object with the event's type as its only member, as the SDKs
// have them.
type Passing struct {
	io.ReadCloser
	contentType string
	events      *stream.Scanner // nil: no event stream
	kept        []byte
	large       bool
}

// Watch watches an answer's body.
func Watch(body io.ReadCloser, contentType string) *Passing {
	p := &Passing{ReadCloser: body, contentType: contentType}
	if contentType == stream.ContentType {
		p.contentType = "application/json" // what the list is
		p.events = stream.NewScanner(p.event)
		p.kept = []byte("[")
	}
	return p
}

// Read implements io.Reader.
func (p *Passing) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	switch {
	case p.large:
	case p.events != nil:
		_, _ = p.events.Write(b[:n]) // it never fails
	default:
		p.keep(b[:n])
	}
	return n, err
}

// keep adds to what is kept, or gives it up.
func (p *Passing) keep(b []byte) {
	if len(p.kept)+len(b) > Inline {
		p.kept, p.large = nil, true
		return
	}
	p.kept = append(p.kept, b...)
}

// Body is what has passed by now.
func (p *Passing) Body() *Body {
	if p.events != nil && !p.large {
		return &Body{ContentType: p.contentType, JSON: append(bytes.Clone(p.kept), ']')}
	}
	if p.large {
		return &Body{ContentType: p.contentType, Large: true}
	}
	body := Of(p.contentType, p.kept)
	return &body
}

func (p *Passing) event(f stream.Frame) {
	if p.large {
		return
	}
	if len(p.kept) > 1 {
		p.keep([]byte(","))
	}
	if !p.large {
		p.keep(eventOf(f))
	}
}

// eventOf is an event as JSON.
func eventOf(f stream.Frame) []byte {
	if f.Message == "event" && f.Type == "chunk" {
		if inner, err := stream.ChunkBody(f.Payload); err == nil {
			return value(inner)
		}
	}
	named, _ := json.Marshal(map[string]json.RawMessage{f.Type: unpadded(f.Payload)}) // valid JSON can always be
	return named
}

// unpadded takes away the member that hides how long an event's text is.
func unpadded(payload []byte) json.RawMessage {
	var members map[string]json.RawMessage
	if !bytes.Contains(payload, []byte(`"p"`)) || json.Unmarshal(payload, &members) != nil {
		return value(payload)
	}
	delete(members, "p")
	rest, _ := json.Marshal(members) // valid JSON can always be
	return rest
}

package bedrock

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"hardpan/internal/model"
	"hardpan/internal/model/upstream"
	"hardpan/internal/usage"
	"hardpan/internal/wire/stream"
)

// answer wraps what upstream sent.
func (b *Backend) answer(call *model.Call, resp *http.Response, cancel context.CancelCauseFunc) *model.Answer {
	src := upstream.NewBody(resp.Body, cancel, b.cfg.Idle)
	streams := resp.StatusCode == http.StatusOK && isEventStream(resp.Header)
	a := &model.Answer{Status: resp.StatusCode, Header: answerHeader(resp, streams), Region: ranIn(call, upstreamModel(call))}
	if streams {
		e := newEvents(src, call.Operation)
		a.Body, a.Usage, a.Progress = e, e.usage, e.progress
		return a
	}
	p := &plain{Body: src, complete: resp.ContentLength}
	if resp.StatusCode == http.StatusOK {
		p.tokens, p.known = fromHeader(resp.Header)
		p.meter(call.Operation)
	}
	a.Body, a.Usage = p, p.usage
	return a
}

func isEventStream(h http.Header) bool {
	t := h.Get("Content-Type")
	if t == stream.ContentType {
		return true
	}
	media, _, err := mime.ParseMediaType(t)
	return err == nil && strings.EqualFold(media, stream.ContentType)
}

// maxMetered bounds what is held of an answer to find its usage; the answer
// itself passes at any size.
const maxMetered = 8 << 20

// plain is an answer that is no stream. A cut one ends with an error of Read,
// which the client sees as a broken body: its length was promised.
type plain struct {
	*upstream.Body
	complete int64 // promised length, or -1
	metered  bool
	seen     []byte
	tokens   usage.Tokens
	known    bool
}

// meter keeps a copy of the body where only that says what was used.
func (p *plain) meter(operation string) {
	p.metered = !p.known && (operation == "Converse" || operation == "InvokeModel") && p.complete <= maxMetered
	if p.metered && p.complete > 0 {
		p.seen = make([]byte, 0, p.complete)
	}
}

func (p *plain) Read(b []byte) (int, error) {
	n, err := p.Body.Read(b)
	if !p.metered {
		return n, err
	}
	if len(p.seen)+n > maxMetered {
		p.metered, p.seen = false, nil
		return n, err
	}
	p.seen = append(p.seen, b[:n]...)
	if errors.Is(err, io.EOF) {
		p.tokens, p.known = fromBody(p.seen)
		p.metered, p.seen = false, nil
	}
	return n, err
}

func (p *plain) usage() (usage.Tokens, bool) { return p.tokens, p.known }

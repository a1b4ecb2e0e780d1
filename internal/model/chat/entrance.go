package chat

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/model"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
	"hardpan/internal/wire/stream"
)

// form is one family of bodies.
type form interface {
	// read makes a request of the members of a body.
	read(e *Entrance, body rest.Fields) (*Request, error)
	// whole writes the answer's body.
	whole(e *Entrance, r *Reply) any
	// event appends the frames of one event.
	event(dst []byte, e *Entrance, ev *Event) ([]byte, error)
}

// Entrance is the way by which one call came in, and its answer goes out.
type Entrance struct {
	form    form
	model   string // the foundation model that the client speaks to
	started time.Time
	first   time.Time // when the first event was written
	block   Kind      // of the streamed block that is open
	prompt  bool      // mistral: the body had a prompt, no messages
	paths   []string  // converse: additionalModelResponseFieldPaths
}

// Open reads a Converse or InvokeModel call, streamed or not. Errors are an
// [awserr.Error], ValidationException or SerializationException.
func Open(call *model.Call, started time.Time) (*Entrance, *Request, error) {
	f, err := formOf(call)
	if err != nil {
		return nil, nil, err
	}
	return open(f, call.Family(), call.Body, started)
}

// OpenConverse reads a Converse body whatever the operation.
func OpenConverse(family string, body []byte) (*Entrance, *Request, error) {
	return open(converse{}, family, body, time.Time{})
}

func open(f form, family string, body []byte, started time.Time) (*Entrance, *Request, error) {
	fields, err := rest.Top(body)
	if err != nil {
		return nil, nil, err
	}
	e := &Entrance{form: f, model: family, started: started}
	r, err := f.read(e, fields)
	if err != nil {
		return nil, nil, err
	}
	if err := checkTurns(r.Messages); err != nil {
		return nil, nil, err
	}
	return e, r, nil
}

// formOf picks the form by operation and model. Two texts are Bedrock's, from
// memory.
func formOf(call *model.Call) (form, error) {
	id := call.Family()
	known, ok := catalog.Find(id)
	if strings.HasPrefix(call.Operation, "Converse") {
		if ok && !known.Converse {
			return nil, awserr.Validation("This action doesn't support the model that you provided. Try again with a supported text or chat model.")
		}
		return converse{}, nil
	}
	if ok && !known.Streaming && call.Operation == "InvokeModelWithResponseStream" {
		return nil, awserr.Validation("The model is unsupported for streaming.")
	}
	switch {
	case strings.HasPrefix(id, "anthropic.claude-v2"), strings.HasPrefix(id, "anthropic.claude-instant"):
	case strings.HasPrefix(id, "anthropic."):
		return claude{}, nil
	case strings.HasPrefix(id, "amazon.nova-") && (!ok || known.Converse):
		return nova{}, nil
	case strings.HasPrefix(id, "amazon.titan-text-"), strings.HasPrefix(id, "amazon.titan-tg1-"):
		return titan{}, nil
	case strings.HasPrefix(id, "meta.llama"):
		return llama{}, nil
	case strings.HasPrefix(id, "mistral."):
		return mistral{}, nil
	}
	return nil, awserr.Validation("Hardpan does not translate the InvokeModel body of %s. Use Converse or ConverseStream, or route the model to a backend of type bedrock.", id)
}

// Whole makes the answer to a call that is not streamed. counted says whether
// the server told the usage.
func (e *Entrance) Whole(call *model.Call, r *Reply, counted bool) (*model.Answer, error) {
	body, err := json.Marshal(e.form.whole(e, r))
	if err != nil {
		return nil, awserr.Internal(err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if call.Operation == "InvokeModel" {
		header = InvokeHeader(r.Usage, counted, e.started)
	}
	return WholeAnswer(header, body, r.Usage, counted), nil
}

// Append appends the frames of one event of a streamed answer to dst.
func (e *Entrance) Append(dst []byte, ev *Event) ([]byte, error) {
	if e.first.IsZero() {
		e.first = time.Now()
	}
	if ev.Kind == BlockStart {
		e.block = ev.Block.Kind
	}
	return e.form.event(dst, e, ev)
}

// chunk appends a chunk of InvokeModelWithResponseStream.
func chunk(dst []byte, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return dst, err
	}
	return stream.AppendChunk(dst, body)
}

// Metrics is what Bedrock adds to the last chunk of a model's stream.
type Metrics struct {
	Input      int64 `json:"inputTokenCount"`
	Output     int64 `json:"outputTokenCount"`
	Latency    int64 `json:"invocationLatency"` // milliseconds
	FirstByte  int64 `json:"firstByteLatency"`  // milliseconds
	CacheRead  int64 `json:"cacheReadInputTokenCount,omitempty"`
	CacheWrite int64 `json:"cacheWriteInputTokenCount,omitempty"`
}

// NewMetrics are the metrics of an invocation that ends now. The names of the
// cache counts are from memory.
func NewMetrics(u usage.Tokens, started, first time.Time) *Metrics {
	return &Metrics{
		Input: u.Input, Output: u.Output, CacheRead: u.CacheRead, CacheWrite: u.CacheWrite,
		Latency: latency(started), FirstByte: max(1, first.Sub(started).Milliseconds()),
	}
}

func (e *Entrance) metrics(u usage.Tokens) *Metrics { return NewMetrics(u, e.started, e.first) }

// latency is in milliseconds, at least 1.
func latency(started time.Time) int64 { return max(1, time.Since(started).Milliseconds()) }

// InvokeHeader is the header of an InvokeModel answer. The two cache headers are
// from memory of AWS's service, not from its model.
func InvokeHeader(u usage.Tokens, counted bool, started time.Time) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	h["X-Amzn-Bedrock-Invocation-Latency"] = []string{strconv.FormatInt(latency(started), 10)}
	if !counted {
		return h
	}
	for name, n := range map[string]int64{
		"X-Amzn-Bedrock-Cache-Read-Input-Token-Count": u.CacheRead, "X-Amzn-Bedrock-Cache-Write-Input-Token-Count": u.CacheWrite,
	} {
		if n > 0 {
			h[name] = []string{strconv.FormatInt(n, 10)}
		}
	}
	h["X-Amzn-Bedrock-Input-Token-Count"] = []string{strconv.FormatInt(u.Input, 10)}
	h["X-Amzn-Bedrock-Output-Token-Count"] = []string{strconv.FormatInt(u.Output, 10)}
	return h
}

package tokens

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"hardpan/internal/model"
	"hardpan/internal/usage"
)

const (
	// kept is how much of an answer is kept, in bytes, to count it by if need be.
	// The rest of a longer one is taken to be like its beginning.
	kept = 16 << 10

	// counted is how much text, in bytes, is given to the tokenizer; the rest of a
	// longer one is taken to be like its beginning.
	counted = 256 << 10

	// mediaTokens stand for each picture or document in a request: what Anthropic
	// says of a large picture (from memory, unverified).
	mediaTokens = 1600
)

// Watch makes an answer's usage known in any case: where the backend does not
// say it, the tokens are counted in the call and in what was delivered, and
// where a stream is cut, in what was delivered of it. Such a count is returned as
// one that the backend did not make. What a backend did report stands.
//
// A watched answer keeps 16 KB of itself at the most, and is not looked at
// unless it has to be counted.
func Watch(call *model.Call, a *model.Answer) {
	w := &watched{ReadCloser: a.Body, call: call, usage: a.Usage, progress: a.Progress}
	a.Body, a.Usage = w, w.used
}

type watched struct {
	io.ReadCloser
	call     *model.Call
	usage    func() (usage.Tokens, bool)
	progress func() model.Progress // nil: no stream

	beginning []byte
	total     int64
	whole     bool // all of it was read
	closed    bool
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.total += int64(n)
	if room := kept - len(w.beginning); room > 0 {
		w.beginning = append(w.beginning, p[:min(n, room)]...)
	}
	if errors.Is(err, io.EOF) {
		w.whole = w.progress == nil || w.progress() == model.Whole
	}
	return n, err
}

// Close implements io.Closer.
func (w *watched) Close() error {
	w.whole, w.closed = w.isWhole(), true
	return w.ReadCloser.Close()
}

// isWhole reports whether the whole answer was read. Once it is closed a stream
// does not tell any more.
func (w *watched) isWhole() bool {
	return w.whole || !w.closed && w.progress != nil && w.progress() == model.Whole
}

// used is the usage, and whether it is the backend's.
func (w *watched) used() (usage.Tokens, bool) {
	t, told := w.usage()
	whole := w.isWhole()
	if told && (whole || w.progress == nil) {
		return t, true // of an answer that is no stream it is told before the first byte
	}
	if !told {
		t = usage.Tokens{Input: w.input(), Images: w.images()}
	}
	if t.Images > 0 {
		return t, false
	}
	t.Output = max(t.Output, w.output())
	return t, false
}

// input counts the call's body.
func (w *watched) input() int64 {
	t := texts{names: true}
	t.read(w.call.Body)
	return usage.Add(count(t.said.String()), int64(t.media)*mediaTokens)
}

// output counts what was read of the answer.
func (w *watched) output() int64 {
	var t texts
	if w.progress != nil {
		return scale(func() int64 { return count(t.said.String()) }, t.frames(w.beginning), w.total)
	}
	t.read(w.beginning)
	if w.total > int64(len(w.beginning)) {
		t.cut(w.beginning)
	}
	return scale(func() int64 { return count(t.said.String()) }, int64(len(w.beginning)), w.total)
}

// images is how many images an answer has: as many as were asked for, since an
// answer with fewer is an error.
func (w *watched) images() int64 {
	if w.progress != nil || !bytes.Contains(w.beginning, []byte(`"images"`)) && !bytes.Contains(w.beginning, []byte(`"artifacts"`)) {
		return 0
	}
	var asked struct {
		Samples int64
		Config  struct{ NumberOfImages int64 } `json:"imageGenerationConfig"`
	}
	_ = json.Unmarshal(w.call.Body, &asked) // where nothing is said, one is made
	return max(1, asked.Samples, asked.Config.NumberOfImages)
}

// count is [Count] of a text of any length.
func count(text string) int64 {
	part := text[:min(len(text), counted)]
	return scale(func() int64 {
		n, _ := Count(context.Background(), part) // the only error is the context's
		return n
	}, int64(len(part)), int64(len(text)))
}

// scale is what total has if a part of it has that many, rounded up.
func scale(of func() int64, part, total int64) int64 {
	if part == 0 {
		return 0
	}
	n := of()
	if part == total {
		return n
	}
	return (n*total + part - 1) / part
}

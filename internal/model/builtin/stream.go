package builtin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"hardpan/internal/model"
	"hardpan/internal/usage"
	"hardpan/internal/wire/stream"
)

// step appends one frame of a stream to dst when its turn comes.
type step func(dst []byte) ([]byte, error)

// streamBody is the body of a streamed answer. Frames are made as they are
// read, by the reader itself: there is no goroutine to leave behind, and
// nothing is made for a client that is gone.
type streamBody struct {
	ctx   context.Context
	reply *reply
	steps []step
	frame []byte // the one that is being read; its room is used again
	rest  []byte // what is left of it
	pause time.Duration
	first time.Time // when the first frame was made
	fails bool      // the last step is the script's failure
	left  bool      // it was closed before its end
}

func newStream(ctx context.Context, r *reply) *streamBody {
	s := &streamBody{ctx: ctx, reply: r}
	if r.script != nil {
		s.pause = time.Duration(r.script.Pause)
	}
	return s
}

func (s *streamBody) add(next step) { s.steps = append(s.steps, next) }

// answer closes the list of steps, with the script's failure if it asks for one.
func (s *streamBody) answer(call *model.Call, header http.Header) *model.Answer {
	if failure := s.reply.script.fails(true); failure != nil {
		s.fails = true
		s.steps = append(s.steps[:min(s.reply.script.Error.After, len(s.steps))], func(dst []byte) ([]byte, error) {
			return stream.AppendException(dst, failure)
		})
	}
	header.Set("Content-Type", stream.ContentType)
	return &model.Answer{
		Status: http.StatusOK, Header: header, Body: s, Region: call.Region, Usage: s.usage, Progress: s.progress,
	}
}

// usage is what the call used. Of an answer that was not read to its end only
// the input is known: nobody made the rest.
func (s *streamBody) usage() (usage.Tokens, bool) {
	if s.progress() == model.Whole {
		return s.reply.usage()
	}
	return usage.Tokens{Input: s.reply.input}, true
}

func (s *streamBody) progress() model.Progress {
	switch {
	case s.left:
		return model.Cut
	case len(s.steps) > 0 || len(s.rest) > 0:
		return model.Flowing
	case s.fails:
		return model.Cut
	}
	return model.Whole
}

// Read implements io.Reader. It returns the context's error as soon as the
// call is cancelled.
func (s *streamBody) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *streamBody) next() error {
	if err := s.wait(); err != nil {
		return err
	}
	if len(s.steps) == 0 {
		return io.EOF
	}
	if s.first.IsZero() {
		s.first = time.Now()
	}
	frame, err := s.steps[0](s.frame[:0])
	if err != nil {
		return fmt.Errorf("making a frame of the stream: %w", err)
	}
	s.frame, s.rest, s.steps = frame, frame, s.steps[1:]
	return nil
}

// wait keeps the script's pace.
func (s *streamBody) wait() error {
	if s.pause == 0 || len(s.steps) == 0 {
		return s.ctx.Err()
	}
	timer := time.NewTimer(s.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return s.ctx.Err()
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// Close implements io.Closer.
func (s *streamBody) Close() error {
	s.left = s.left || len(s.steps) > 0 || len(s.rest) > 0
	s.steps, s.rest = nil, nil
	return nil
}

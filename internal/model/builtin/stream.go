package builtin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream/eventstreamapi"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http/protocol/restjson1"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
)

// step makes one frame of a stream when its turn comes.
type step func() ([]byte, error)

// streamBody is the body of a streamed answer. Frames are made as they are
// read, by the reader itself: there is no goroutine to leave behind, and
// nothing is made for a client that is gone.
type streamBody struct {
	ctx   context.Context
	reply *reply
	steps []step
	rest  []byte // of the frame that is being read
	pause time.Duration
	first time.Time // when the first frame was made
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
		s.steps = append(s.steps[:min(s.reply.script.Error.After, len(s.steps))], func() ([]byte, error) {
			return exceptionFrame(failure)
		})
	}
	header.Set("Content-Type", "application/vnd.amazon.eventstream")
	return &model.Answer{Status: http.StatusOK, Header: header, Body: s, Region: call.Region, Usage: s.reply.usage}
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
	frame, err := s.steps[0]()
	if err != nil {
		return fmt.Errorf("making a frame of the stream: %w", err)
	}
	s.rest, s.steps = frame, s.steps[1:]
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
	s.steps, s.rest = nil, nil
	return nil
}

var eventProtocol = restjson1.New(nil)

// event is the frame of one ConverseStream event.
func event(variant *smithy.Schema, v smithy.Serializable) step {
	return func() ([]byte, error) {
		var b bytes.Buffer
		err := eventProtocol.SerializeEventMessage(schemas.ConverseStreamOutput, variant, v, &b)
		return b.Bytes(), err
	}
}

// chunkFrame is the frame of one InvokeModelWithResponseStream chunk.
func chunkFrame(payload []byte) ([]byte, error) {
	var b bytes.Buffer
	err := eventProtocol.SerializeEventMessage(schemas.ResponseStream, schemas.ResponseStream_chunk, &types.PayloadPart{Bytes: payload}, &b)
	return b.Bytes(), err
}

// exceptionFrame ends a stream with a modelled exception.
func exceptionFrame(e *awserr.Error) ([]byte, error) {
	payload, err := json.Marshal(map[string]string{"message": e.Message})
	if err != nil {
		return nil, err
	}
	var headers eventstream.Headers
	headers.Set(eventstreamapi.MessageTypeHeader, eventstream.StringValue(eventstreamapi.ExceptionMessageType))
	headers.Set(eventstreamapi.ExceptionTypeHeader, eventstream.StringValue(strings.ToLower(e.Code[:1])+e.Code[1:]))
	headers.Set(eventstreamapi.ContentTypeHeader, eventstream.StringValue("application/json"))
	var b bytes.Buffer
	err = eventstream.NewEncoder().Encode(&b, eventstream.Message{Headers: headers, Payload: payload})
	return b.Bytes(), err
}

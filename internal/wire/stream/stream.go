// Package stream is AWS's event stream (application/vnd.amazon.eventstream):
// frames are appended to an answer, and found in one that passes by.
//
// The rule: what passes by is never changed, held back or copied whole. The
// [Scanner] looks at the same bytes that go on to the client.
//
// Framing is the SDK's. Only the scanner reads frames itself, since the SDK's
// decoder wants a reader of its own and copies; a test holds the two together.
// The package knows frames and the SDK's event types. It knows nothing of
// backends, HTTP or what an event means.
package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream/eventstreamapi"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"
	"github.com/aws/smithy-go/transport/http/protocol/restjson1"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hardpan/internal/awserr"
)

// ContentType is the media type of an event stream.
const ContentType = "application/vnd.amazon.eventstream"

const jsonType = "application/json"

// AppendEvent appends the frame of one event with a JSON payload to dst.
func AppendEvent(dst []byte, eventType string, payload []byte) ([]byte, error) {
	return appendFrame(dst, eventstreamapi.EventTypeHeader, eventType, eventstreamapi.EventMessageType, payload)
}

// AppendException appends e as the modelled exception that ends a stream: its
// type is the code with the first letter in lower case. The cause of e is not
// written.
func AppendException(dst []byte, e *awserr.Error) ([]byte, error) {
	payload, err := json.Marshal(map[string]string{"message": e.Message})
	if err != nil {
		return dst, fmt.Errorf("encode the exception %s: %w", e.Code, err)
	}
	return appendFrame(dst, eventstreamapi.ExceptionTypeHeader, memberName(e.Code), eventstreamapi.ExceptionMessageType, payload)
}

// AppendConverse appends one event of ConverseStream, a pointer to a
// types.ConverseStreamOutputMember… as the SDK's readers give it.
func AppendConverse(dst []byte, event types.ConverseStreamOutput) ([]byte, error) {
	v := reflect.ValueOf(event)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return dst, fmt.Errorf("encode an event of ConverseStream: %T is no event", event)
	}
	name, known := strings.CutPrefix(v.Elem().Type().Name(), "ConverseStreamOutputMember")
	value := v.Elem().FieldByName("Value")
	if !known || !value.IsValid() {
		return dst, fmt.Errorf("encode an event of ConverseStream: %T is no event", event)
	}
	payload, err := toJSON(value.Addr().Interface().(smithy.Serializable))
	if err != nil {
		return dst, fmt.Errorf("encode the event %s: %w", name, err)
	}
	return AppendEvent(dst, memberName(name), payload)
}

// AppendChunk appends a chunk of InvokeModelWithResponseStream. body is a piece
// of the model's own answer, a whole JSON object.
func AppendChunk(dst, body []byte) ([]byte, error) {
	payload, err := toJSON(&types.PayloadPart{Bytes: body})
	if err != nil {
		return dst, fmt.Errorf("encode a chunk: %w", err)
	}
	return AppendEvent(dst, "chunk", payload)
}

var encoders = sync.Pool{New: func() any { return eventstream.NewEncoder() }}

// appendFrame writes the headers in AWS's order: type, content type, message type.
func appendFrame(dst []byte, typeHeader, name, messageType string, payload []byte) ([]byte, error) {
	msg := eventstream.Message{Payload: payload}
	msg.Headers.Set(typeHeader, eventstream.StringValue(name))
	msg.Headers.Set(eventstreamapi.ContentTypeHeader, eventstream.StringValue(jsonType))
	msg.Headers.Set(eventstreamapi.MessageTypeHeader, eventstream.StringValue(messageType))
	enc := encoders.Get().(*eventstream.Encoder)
	defer encoders.Put(enc)
	b := bytes.NewBuffer(dst)
	if err := enc.Encode(b, msg); err != nil {
		return dst, fmt.Errorf("encode the frame %s: %w", name, err)
	}
	return b.Bytes(), nil
}

var (
	protocol = restjson1.New(nil)
	bare     = smithy.NewOperationSchema(
		smithy.NewSchema(smithy.ShapeID{Namespace: "hardpan", Name: "Event"}, smithy.ShapeTypeOperation, 0,
			&traits.HTTP{Method: "POST", URI: "/", Code: 200}),
		smithy.NewSchema(smithy.ShapeID{Namespace: "hardpan", Name: "Event"}, smithy.ShapeTypeStructure, 0), nil)
)

// toJSON writes what the SDK serializes, by its own request writer.
func toJSON(v smithy.Serializable) ([]byte, error) {
	req := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if err := protocol.SerializeRequest(context.Background(), bare, v, req); err != nil {
		return nil, err
	}
	if req.GetStream() == nil { // an event without members
		return []byte("{}"), nil
	}
	return io.ReadAll(req.GetStream())
}

func memberName(typeName string) string {
	if typeName == "" {
		return ""
	}
	return string(unicode.ToLower(rune(typeName[0]))) + typeName[1:]
}

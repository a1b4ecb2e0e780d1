// Package bodies keeps what model calls asked and were answered for the moment
// until the invocation log is written, where an operator wants the bodies in it.
//
// It knows how much of a body is kept, how an answer is watched as it passes and
// how much memory all of it may take. It must not know what is done with bodies,
// and writes them nowhere: not into a log, an error or a metric.
package bodies

import (
	"bytes"
	"encoding/json"
)

// Inline is the size in bytes up to which a body is kept; AWS has larger ones
// not in the record either, but in S3 (Amazon Bedrock User Guide, "Monitor model
// invocation using CloudWatch Logs and Amazon S3": 100 KB).
const Inline = 100 << 10

// Body is the body of a request or of an answer.
type Body struct {
	ContentType string          // as it was sent; empty if it was not said
	JSON        json.RawMessage // the body if it is JSON, or else a JSON string of it; empty if Large
	Large       bool            // it is larger than [Inline]
}

// Call is what a call asked and was answered.
type Call struct {
	Request Body
	Answer  *Body // nil: no model answered
}

// Of copies a body that is there in whole.
func Of(contentType string, raw []byte) Body {
	if len(raw) > Inline {
		return Body{ContentType: contentType, Large: true}
	}
	return Body{ContentType: contentType, JSON: value(bytes.Clone(raw))}
}

// value is text as a JSON value: itself if it is one, or else a string.
func value(text []byte) json.RawMessage {
	if json.Valid(text) {
		return text
	}
	quoted, _ := json.Marshal(string(text)) // a string can always be
	return quoted
}

// size is how much memory a call takes, in bytes, about.
func (c *Call) size() int {
	const entry = 512 // of the shelf
	n := entry + len(c.Request.ContentType) + len(c.Request.JSON)
	if c.Answer != nil {
		n += len(c.Answer.ContentType) + len(c.Answer.JSON)
	}
	return n
}

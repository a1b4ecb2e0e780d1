package stream

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// metricsName is the member that Bedrock adds to the last chunk of a model's
// stream.
const metricsName = "amazon-bedrock-invocationMetrics"

// metricsInBase64 is what metricsName looks like within base64, at each of the
// three ways it can fall on groups of three bytes.
var metricsInBase64 = func() (out [3][]byte) {
	for i := range out {
		text := base64.StdEncoding.EncodeToString([]byte("xx"[:i] + metricsName))
		first := []int{0, 2, 3}[i]             // the first that depends on metricsName alone
		last := (i + len(metricsName)) / 3 * 4 // whole groups
		out[i] = []byte(text[first:last])
	}
	return out
}()

// MayHoldMetrics reports whether the payload of a chunk can hold Bedrock's
// invocation metrics. It decodes nothing: base64 text is searched for what the
// member's name becomes. A false answer is certain, for a name without JSON
// escapes; a true one has to be looked at with [ChunkBody].
func MayHoldMetrics(payload []byte) bool {
	for _, pattern := range metricsInBase64 {
		if bytes.Contains(payload, pattern) {
			return true
		}
	}
	return false
}

// ChunkBody decodes the payload of a chunk of InvokeModelWithResponseStream to
// the model's own JSON.
func ChunkBody(payload []byte) ([]byte, error) {
	var part struct {
		Bytes []byte `json:"bytes"`
	}
	if err := json.Unmarshal(payload, &part); err != nil {
		return nil, fmt.Errorf("read a chunk: %w", err)
	}
	return part.Bytes, nil
}

package chat

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"hardpan/internal/model"
	"hardpan/internal/usage"
)

// WholeAnswer is an answer that is not streamed. Its region is for the backend
// to say.
func WholeAnswer(header http.Header, body []byte, u usage.Tokens, counted bool) *model.Answer {
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	return &model.Answer{
		Status: http.StatusOK, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Usage: func() (usage.Tokens, bool) { return u, counted },
	}
}

// StreamHeader is the header of a streamed answer, but for its content type.
func StreamHeader(operation string) http.Header {
	if operation == "InvokeModelWithResponseStream" {
		return http.Header{"X-Amzn-Bedrock-Content-Type": {"application/json"}}
	}
	return http.Header{}
}

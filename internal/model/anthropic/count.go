package anthropic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/chat"
	"hardpan/internal/model/upstream"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

// counted are the members of a body that /v1/messages/count_tokens takes.
var counted = []string{"system", "messages", "tools", "tool_choice", "thinking", "output_config", "context_management"}

// count answers CountTokens by the server's own count, which costs nothing.
func (b *Backend) count(ctx context.Context, call *model.Call) (*model.Answer, error) {
	r, err := countRequest(call)
	if err != nil {
		return nil, err
	}
	r.Path = messagesPath + "/count_tokens"
	resp, err := b.client.Post(ctx, r)
	if err != nil {
		return nil, err
	}
	raw, err := b.client.ReadAll(resp)
	if err != nil {
		return nil, err
	}
	var a struct {
		Input *int64 `json:"input_tokens"`
	}
	if err := json.Unmarshal(raw, &a); err != nil || a.Input == nil {
		return nil, b.client.Malformed(errors.Join(errors.New("its answer has no input_tokens"), err))
	}
	header := http.Header{"Content-Type": {"application/json"}}
	return chat.WholeAnswer(header, fmt.Appendf(nil, `{"inputTokens":%d}`, *a.Input), usage.Tokens{}, true), nil
}

func countRequest(call *model.Call) (*upstream.Request, error) {
	fields, err := rest.Top(call.Body)
	if err != nil {
		return nil, err
	}
	raw, _ := fields.Get("input")
	var input struct {
		Invoke *struct {
			Body []byte `json:"body"` // base64
		} `json:"invokeModel"`
		Converse json.RawMessage `json:"converse"`
	}
	if err := json.Unmarshal(raw, &input); err != nil {
		return nil, chat.Malformed("#/input: %v", err)
	}
	id := modelID(call.ModelID)
	switch {
	case input.Invoke != nil:
		return passed(id, input.Invoke.Body, false, counted)
	case input.Converse != nil:
		_, request, err := chat.OpenConverse(call.Family(), input.Converse)
		if err != nil {
			return nil, err
		}
		r, err := translate(id, request, false)
		if err != nil {
			return nil, err
		}
		header := r.Header
		if r, err = only(r.Body, id); err != nil {
			return nil, err
		}
		r.Header = header
		return r, nil
	}
	return nil, awserr.Validation("The input of CountTokens needs either invokeModel or converse.")
}

// only leaves of a translated body what is counted.
func only(body []byte, id string) (*upstream.Request, error) {
	fields, err := rest.Top(body)
	if err != nil {
		return nil, err
	}
	out, err := json.Marshal(map[string]string{"model": id})
	if err != nil {
		return nil, awserr.Internal(err)
	}
	for _, f := range fields {
		if !isCounted(f.Name) {
			continue
		}
		if out, err = appendField(out, f); err != nil {
			return nil, err
		}
	}
	return &upstream.Request{Body: out}, nil
}

func isCounted(name string) bool {
	for _, one := range counted {
		if one == name {
			return true
		}
	}
	return false
}

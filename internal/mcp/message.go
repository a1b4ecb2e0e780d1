package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// maxBatch bounds a JSON-RPC batch, which version 2025-03-26 still has.
const maxBatch = 100

// methods are those that a gateway answers. Another one is refused by name: the
// SDK would break the whole exchange off.
var methods = map[string]bool{
	"initialize": true, "ping": true, "server/discover": true, "logging/setLevel": true, "completion/complete": true,
	"tools/list": true, "tools/call": true, "prompts/list": true, "prompts/get": true,
	"resources/list": true, "resources/templates/list": true, "resources/read": true,
}

// readMessages looks at what the body asks for, before the SDK reads it.
func readMessages(body []byte) ([]*jsonrpc.Request, error) {
	parts := []json.RawMessage{body}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		if err := json.Unmarshal(trimmed, &parts); err != nil {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeParseError, Message: "The body is no JSON: " + err.Error()}
		}
		if len(parts) == 0 || len(parts) > maxBatch {
			return nil, fmt.Errorf("a batch has 1 to %d messages; this one has %d", maxBatch, len(parts))
		}
	}
	var asked []*jsonrpc.Request
	seen := map[any]bool{}
	for _, part := range parts {
		message, err := jsonrpc.DecodeMessage(part)
		if err != nil {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeParseError, Message: "The body is no JSON-RPC message: " + err.Error()}
		}
		request, ok := message.(*jsonrpc.Request)
		if !ok {
			continue // an answer; the gateway asks clients nothing
		}
		if request.IsCall() {
			if seen[request.ID.Raw()] {
				return nil, fmt.Errorf("two requests of the batch have the id %v", request.ID.Raw())
			}
			seen[request.ID.Raw()] = true
		}
		asked = append(asked, request)
	}
	return asked, nil
}

// unknown returns a request for a method that no gateway has.
func unknown(asked []*jsonrpc.Request) (*jsonrpc.Request, bool) {
	for _, r := range asked {
		if r.IsCall() && !methods[r.Method] {
			return r, true
		}
	}
	return nil, false
}

// quoted is text as a JSON string.
func quoted(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil { // a string always encodes
		panic(err)
	}
	return b
}

// running are the requests that are being answered, so that a client can take
// one back. A request is known by its session, or by its caller where there is
// none, and its id.
type running struct {
	mu   sync.Mutex
	held map[runningKey]context.CancelCauseFunc
}

type runningKey struct {
	owner string
	id    any
}

// errTakenBack ends a request that its client does not want any more.
var errTakenBack = errors.New("the client took the request back")

// start notes the requests of an exchange and takes those back that it names.
// done must be called when they are answered; the context ends then, too.
func (r *running) start(ctx context.Context, v *Visit, asked []*jsonrpc.Request) (_ context.Context, done func(), err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	owner := v.Gateway.ID + "\x00" + v.Owner + "\x00" + v.session
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		r.held = map[runningKey]context.CancelCauseFunc{}
	}
	var mine []runningKey
	for _, request := range asked {
		if request.Method == "notifications/cancelled" {
			r.takeBack(owner, request)
		}
		if !request.IsCall() {
			continue
		}
		key := runningKey{owner, request.ID.Raw()}
		if v.session != "" && r.held[key] != nil {
			for _, k := range mine {
				delete(r.held, k)
			}
			cancel(nil)
			return nil, nil, fmt.Errorf("a request with the id %v is still being answered in this session", request.ID.Raw())
		}
		r.held[key] = cancel
		mine = append(mine, key)
	}
	return ctx, sync.OnceFunc(func() {
		r.mu.Lock()
		for _, key := range mine {
			delete(r.held, key)
		}
		r.mu.Unlock()
		cancel(nil)
	}), nil
}

func (r *running) takeBack(owner string, notification *jsonrpc.Request) {
	var params struct {
		RequestID any `json:"requestId"`
	}
	if json.Unmarshal(notification.Params, &params) != nil {
		return
	}
	id, err := jsonrpc.MakeID(params.RequestID)
	if err != nil {
		return
	}
	if cancel := r.held[runningKey{owner, id.Raw()}]; cancel != nil {
		cancel(errTakenBack)
	}
}

package mcp

import (
	"crypto/rand"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/cedar"
	"hardpan/internal/mcp/target"
)

// In which words and forms a refusal reaches a client. Every outcome and its
// form stands in doc/gateways.md.

// decisionMeta is where in _meta a client finds the decision that `hardpan why`
// explains.
const decisionMeta = "hardpan/decisionId"

// The texts of AgentCore. Source: developer guide, and public reports; see also
// [cedar.Decision.Reason].
const (
	deniedText      = "Tool Execution Denied: Tool call not allowed due to policy enforcement"
	brokenText      = "InternalServerException - Policy evaluation failed"
	brokenListsText = brokenText + " for list tools"
	hiddenText      = "An internal error occurred. Please retry later."
)

// codeDenied is the JSON-RPC error of a denial in the newer form.
const codeDenied = -32002

// codeResourceNotFound is the protocol's, for versions before 2026-07-28.
const codeResourceNotFound = -32002

// denied is the refusal of a call by policy.
func (p *policies) denied(id string) (*sdk.CallToolResult, error) {
	text := deniedText + " [" + p.use.Reason + "]"
	if p.visit.plane.Wire == cedar.Wire2026 {
		return nil, &jsonrpc.Error{Code: codeDenied, Message: text, Data: idData(id)}
	}
	return failedCall("AuthorizeActionException - "+text, id), nil
}

// broke is the refusal of a call whose policies could not be evaluated.
func broke(id string) *sdk.CallToolResult { return failedCall(brokenText, id) }

func failedCall(text, id string) *sdk.CallToolResult {
	r := &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: text}}}
	if id != "" {
		r.Meta = sdk.Meta{decisionMeta: id}
	}
	return r
}

func idData(id string) json.RawMessage {
	if id == "" {
		return nil
	}
	return json.RawMessage(`{"` + decisionMeta + `":` + string(quoted(id)) + `}`)
}

// refusal is the refusal of a prompt, resource or completion, which have no
// result that is an error.
func (p *policies) refusal(id string) error {
	text := brokenText
	if !p.broken {
		text = "AuthorizeActionException - " + deniedText + " [" + p.use.Reason + "]"
	}
	return &jsonrpc.Error{Code: codeDenied, Message: text, Data: idData(id)}
}

// offSchema is the answer to arguments that the tool does not take.
func offSchema(err error) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "Invalid arguments: " + err.Error()}
}

// told is what a client learns of a target that did not answer: what happened at
// gateways with exceptionLevel DEBUG only, as AWS does.
func (v *Visit) told(failed error) string {
	if e, ok := errors.AsType[*target.Error](failed); ok && v.debugs() {
		return e.Message
	}
	return hiddenText
}

func (v *Visit) debugs() bool { return v.Gateway.Detail.ExceptionLevel == types.ExceptionLevelDebug }

// targetFailed is the answer to a call that its target did not answer.
func (v *Visit) targetFailed(err error, id string) *sdk.CallToolResult {
	text := v.told(err)
	r := failedCall(text, id)
	if !v.debugs() {
		return r
	}
	if r.Meta == nil {
		r.Meta = sdk.Meta{}
	}
	r.Meta["debug"] = map[string]string{"type": "text", "text": text}
	return r
}

// list is the answer to tools/list. Versions with sessions know no cache fields
// in it, which the SDK writes always; and a list that failed has the form of a
// failed call, which no list of the SDK has.
type list struct {
	*sdk.ListToolsResult
	failed *sdk.CallToolResult
}

// MarshalJSON writes the list as the caller's version has it.
func (l list) MarshalJSON() ([]byte, error) {
	if l.failed != nil {
		return json.Marshal(l.failed)
	}
	return json.Marshal(struct {
		Meta       sdk.Meta    `json:"_meta,omitempty"`
		Tools      []*sdk.Tool `json:"tools"`
		NextCursor string      `json:"nextCursor,omitempty"`
	}{l.Meta, l.Tools, l.NextCursor})
}

// legacy reports whether a request speaks a version with sessions.
func legacy(s *sdk.ServerSession) bool {
	params := s.InitializeParams()
	return params == nil || params.ProtocolVersion < sessionless
}

// random is what makes two sessions of one moment different.
func random() []byte {
	b := make([]byte, 12)
	_, _ = rand.Read(b) // never fails: see crypto/rand
	return b
}

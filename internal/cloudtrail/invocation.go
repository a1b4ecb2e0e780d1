package cloudtrail

import (
	"encoding/json"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/bodies"
)

// Invocation is a record of Bedrock's model invocation logging (Amazon Bedrock
// User Guide, "Monitor model invocation using CloudWatch Logs and Amazon S3"),
// without the bodies until [Invocation.AddBodies]. The counts of caches and
// inferenceRegion are from memory of real records; why a body is left out is
// Hardpan's own member.
type Invocation struct {
	SchemaType      string    `json:"schemaType"`
	SchemaVersion   string    `json:"schemaVersion"`
	Timestamp       string    `json:"timestamp"`
	AccountID       string    `json:"accountId"`
	Region          string    `json:"region"`
	RequestID       string    `json:"requestId"`
	Operation       string    `json:"operation"`
	ModelID         string    `json:"modelId"` // as the caller named it
	Identity        Caller    `json:"identity"`
	InferenceRegion string    `json:"inferenceRegion,omitempty"`
	Input           InTokens  `json:"input"`
	Output          OutTokens `json:"output"`
}

// Caller names who called.
type Caller struct {
	ARN string `json:"arn"`
}

// InTokens is what went in.
type InTokens struct {
	ContentType string          `json:"inputContentType"`
	Body        json.RawMessage `json:"inputBodyJson,omitempty"`
	Omitted     string          `json:"inputBodyOmitted,omitempty"`
	Count       int64           `json:"inputTokenCount"`
	CacheRead   int64           `json:"cacheReadInputTokenCount,omitempty"`
	CacheWrite  int64           `json:"cacheWriteInputTokenCount,omitempty"`
}

// OutTokens is what came out.
type OutTokens struct {
	ContentType string          `json:"outputContentType"`
	Body        json.RawMessage `json:"outputBodyJson,omitempty"`
	Omitted     string          `json:"outputBodyOmitted,omitempty"`
	Count       int64           `json:"outputTokenCount"`
}

// InvocationOf makes the record of a call of a model, nil for other calls and
// for those that were refused.
func InvocationOf(e *audit.Event) *Invocation {
	if e.UsedModel == "" || e.Verdict != audit.Allow || e.Outcome == audit.Refused {
		return nil
	}
	i := &Invocation{
		SchemaType: "ModelInvocationLog", SchemaVersion: "1.0", Timestamp: time.UnixMicro(e.Time).UTC().Format(time.RFC3339),
		AccountID: e.Account, Region: e.Region, RequestID: e.RequestID, Operation: e.Operation, ModelID: e.Model,
		Identity: Caller{e.Caller.ARN},
		Input:    InTokens{ContentType: "application/json", Count: e.Tokens.Input, CacheRead: e.Tokens.CacheRead, CacheWrite: e.Tokens.CacheWrite},
		Output:   OutTokens{ContentType: "application/json", Count: e.Tokens.Output},
	}
	if i.RequestID == "" {
		i.RequestID = e.ID
	}
	if e.Profile != "" {
		i.InferenceRegion = e.UsedRegion
	}
	return i
}

// Why a body is not in a record.
const (
	tooLarge = "larger than 100 KB"
	notKept  = "not kept" // there was no room for it, or the server was started anew
)

// AddBodies adds what the call asked and was answered. If that was not kept, the
// record says so.
func (i *Invocation) AddBodies(c bodies.Call, kept bool) {
	if !kept {
		i.Input.Omitted, i.Output.Omitted = notKept, notKept
		return
	}
	add(&c.Request, &i.Input.ContentType, &i.Input.Body, &i.Input.Omitted)
	if c.Answer != nil {
		add(c.Answer, &i.Output.ContentType, &i.Output.Body, &i.Output.Omitted)
	}
}

func add(b *bodies.Body, contentType *string, body *json.RawMessage, omitted *string) {
	if b.ContentType != "" {
		*contentType = b.ContentType
	}
	*body = b.JSON
	if b.Large {
		*omitted = tooLarge
	}
}

package cloudtrail

import (
	"time"

	"hardpan/internal/audit"
)

// Invocation is a record of Bedrock's model invocation logging (Amazon Bedrock
// User Guide, "Monitor model invocation using CloudWatch Logs and Amazon S3"),
// without the bodies: prompts and answers are not kept. The counts of caches and
// inferenceRegion are from memory of real records.
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
	ContentType string `json:"inputContentType"`
	Count       int64  `json:"inputTokenCount"`
	CacheRead   int64  `json:"cacheReadInputTokenCount,omitempty"`
	CacheWrite  int64  `json:"cacheWriteInputTokenCount,omitempty"`
}

// OutTokens is what came out.
type OutTokens struct {
	ContentType string `json:"outputContentType"`
	Count       int64  `json:"outputTokenCount"`
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
		Input:    InTokens{"application/json", e.Tokens.Input, e.Tokens.CacheRead, e.Tokens.CacheWrite},
		Output:   OutTokens{"application/json", e.Tokens.Output},
	}
	if i.RequestID == "" {
		i.RequestID = e.ID
	}
	if e.Profile != "" {
		i.InferenceRegion = e.UsedRegion
	}
	return i
}

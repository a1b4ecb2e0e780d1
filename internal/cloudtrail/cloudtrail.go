// Package cloudtrail writes every authenticated call as the record that AWS's
// CloudTrail would have of it, and every call of a model as Bedrock's model
// invocation log has it, for tools that read those.
//
// It knows the shape of a record, and how a journal is written out into files,
// each call once. It must not know how a call was decided or priced. Prompts and
// answers are in records of invocations only, and only where whoever has the
// records made hands them over; they are never in the journal.
package cloudtrail

import (
	"strings"
	"time"

	"hardpan/internal/audit"
)

// Record is one call. The members are those of CloudTrail's record contents and
// of AWS's example for Bedrock (Amazon Bedrock User Guide, "Monitor Amazon
// Bedrock API calls using CloudTrail").
type Record struct {
	EventVersion        string         `json:"eventVersion"`
	UserIdentity        Identity       `json:"userIdentity"`
	EventTime           string         `json:"eventTime"`
	EventSource         string         `json:"eventSource"`
	EventName           string         `json:"eventName"`
	AWSRegion           string         `json:"awsRegion"` // the one called, also where another answered
	SourceIPAddress     string         `json:"sourceIPAddress,omitempty"`
	UserAgent           string         `json:"userAgent,omitempty"`
	ErrorCode           string         `json:"errorCode,omitempty"`
	ErrorMessage        string         `json:"errorMessage,omitempty"`
	RequestParameters   map[string]any `json:"requestParameters"`
	ResponseElements    map[string]any `json:"responseElements"`
	AdditionalEventData map[string]any `json:"additionalEventData,omitempty"`
	RequestID           string         `json:"requestID"`
	EventID             string         `json:"eventID"`
	ReadOnly            bool           `json:"readOnly"`
	EventType           string         `json:"eventType"`
	ManagementEvent     bool           `json:"managementEvent"`
	RecipientAccountID  string         `json:"recipientAccountId"`
	EventCategory       string         `json:"eventCategory"`
}

// Identity is CloudTrail's userIdentity.
type Identity struct {
	Type           string          `json:"type"`
	PrincipalID    string          `json:"principalId,omitempty"`
	ARN            string          `json:"arn,omitempty"`
	AccountID      string          `json:"accountId,omitempty"`
	AccessKeyID    string          `json:"accessKeyId,omitempty"`
	UserName       string          `json:"userName,omitempty"`
	SessionContext *SessionContext `json:"sessionContext,omitempty"`
}

// SessionContext says which role a session is of. When the session was made is
// not in the journal, so there are no attributes.
type SessionContext struct {
	SessionIssuer Issuer `json:"sessionIssuer"`
}

// Issuer is the role.
type Issuer struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
	ARN         string `json:"arn"`
	AccountID   string `json:"accountId"`
	UserName    string `json:"userName"`
}

// eventVersion is the version of the record's format; that this is the one of
// AWS's own records of 2026 is from memory.
const eventVersion = "1.11"

// Operation is what a record says of an operation beside the call.
type Operation struct {
	Source   string // eventSource, e.g. "bedrock.amazonaws.com"
	ReadOnly bool
}

// RecordOf makes the record of a call.
func RecordOf(e *audit.Event, o Operation) *Record {
	r := &Record{
		EventVersion: eventVersion, UserIdentity: identityOf(&e.Caller), EventTime: time.UnixMicro(e.Time).UTC().Format(time.RFC3339),
		EventSource: o.Source, EventName: e.Operation, AWSRegion: e.Region,
		SourceIPAddress: e.SourceIP, UserAgent: e.UserAgent, ErrorCode: errorCode(e), ErrorMessage: e.Message,
		AdditionalEventData: additional(e), RequestID: e.RequestID, EventID: e.ID, ReadOnly: o.ReadOnly,
		EventType: "AwsApiCall", ManagementEvent: true, RecipientAccountID: e.Account, EventCategory: "Management",
	}
	if r.RequestID == "" {
		r.RequestID = e.ID
	}
	if model := e.Model; model != "" {
		r.RequestParameters = map[string]any{"modelId": model}
	}
	return r
}

// errorCode is CloudTrail's name of an error: that a denial has it without
// "Exception" is from memory of real records.
func errorCode(e *audit.Event) string {
	if e.Verdict == audit.Deny {
		return "AccessDenied"
	}
	return e.Code
}

// additional is what AWS adds for Bedrock, seen in public reports, and Hardpan's
// id of a denial's record.
func additional(e *audit.Event) map[string]any {
	data := map[string]any{}
	if e.Profile != "" && e.UsedRegion != "" {
		data["inferenceRegion"] = e.UsedRegion
	}
	if e.Caller.Bearer != "" {
		data["callWithBearerToken"] = true
	}
	if e.Denial != nil {
		data["hardpanDecisionId"] = e.DecisionID
	}
	return data
}

func identityOf(c *audit.Caller) Identity {
	i := Identity{Type: c.Type, PrincipalID: c.ID, ARN: c.ARN, AccountID: c.Account, AccessKeyID: c.AccessKeyID}
	switch c.Type {
	case "IAMUser":
		i.UserName = c.ARN[strings.LastIndexByte(c.ARN, '/')+1:]
	case "AssumedRole":
		i.SessionContext = &SessionContext{issuerOf(c)}
	}
	return i
}

// issuerOf is the role of a session. The role's path is not in the session's
// ARN, so it is not in this one.
func issuerOf(c *audit.Caller) Issuer {
	id, _, _ := strings.Cut(c.ID, ":")
	head, rest, _ := strings.Cut(c.ARN, ":assumed-role/")
	name, _, _ := strings.Cut(rest, "/")
	return Issuer{
		Type: "Role", PrincipalID: id, ARN: strings.Replace(head, ":sts:", ":iam:", 1) + ":role/" + name,
		AccountID: c.Account, UserName: name,
	}
}

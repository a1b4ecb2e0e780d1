package audit

import (
	"github.com/google/uuid"

	"hardpan/internal/op"
	"hardpan/internal/usage"
)

// Event is what is kept of one call. The JSON names are short because every
// call is stored; they are the journal's format and do not change.
//
// Empty fields are left out, except id, t, dec and out.
type Event struct {
	ID   string `json:"id"` // UUIDv4, as an AWS request id
	Time int64  `json:"t"`  // when the call was received, µs since 1970

	Partition  string `json:"part,omitempty"`
	Account    string `json:"acct,omitempty"`  // the account called
	Region     string `json:"reg,omitempty"`   // the region called
	RegionFrom string `json:"rfrom,omitempty"` // what said so: one of the RegionFrom constants
	Service    string `json:"svc,omitempty"`   // e.g. "bedrock-runtime"
	Operation  string `json:"op,omitempty"`    // e.g. "Converse"
	RequestID  string `json:"req,omitempty"`   // what the caller saw as its request id, where that is not ID

	Caller    Caller  `json:"who,omitzero"`
	SourceIP  string  `json:"ip,omitempty"`
	UserAgent string  `json:"ua,omitempty"` // cut after 512 bytes
	Checks    []Check `json:"checks,omitempty"`

	Model       string   `json:"model,omitempty"`   // the model as the client named it
	Profile     string   `json:"profile,omitempty"` // ARN of the inference profile that was named
	ProfileKind string   `json:"pkind,omitempty"`   // how the model is billed: Regional, Geographic or Global
	ProfileTags []Tag    `json:"ptags,omitempty"`   // tags of the application inference profile, frozen
	UsedModel   string   `json:"umodel,omitempty"`  // the foundation model that answered
	Backend     string   `json:"backend,omitempty"` // the backend that answered
	UsedRegion  string   `json:"ureg,omitempty"`    // the region that answered; "unknown" is no proof of residency
	CouldRegion []string `json:"could,omitempty"`   // every region the call could have gone to

	Revision   int64  `json:"rev,omitempty"` // policy revision that decided
	Verdict    string `json:"dec"`           // Allow or Deny
	DecisionID string `json:"did,omitempty"`

	Status  int    `json:"status,omitempty"` // HTTP status of the answer
	Code    string `json:"code,omitempty"`   // AWS error code, e.g. "AccessDeniedException"
	Message string `json:"msg,omitempty"`    // AWS error message

	Tokens     usage.Tokens `json:"tok,omitzero"`
	Cost       int64        `json:"cost,omitempty"`   // nano-dollars; 0 unless Priced
	Priced     bool         `json:"priced,omitempty"` // whether Cost is known
	Price      string       `json:"price,omitempty"`  // id of the price row that Cost was worked out with
	Budgets    []Charge     `json:"bud,omitempty"`    // what the call was charged to
	Estimated  bool         `json:"est,omitempty"`    // Tokens were counted by Hardpan, not by the backend
	Overrun    bool         `json:"over,omitempty"`   // the backend used more than the call could have
	Recovered  bool         `json:"rec,omitempty"`    // settled at its bound after a crash, for want of an outcome
	Outcome    Outcome      `json:"out"`
	Latency    int64        `json:"us,omitempty"`   // µs from receipt to the end of the answer
	FirstToken int64        `json:"ttft,omitempty"` // µs from receipt to the first token of a stream

	// Tool is what a tool gateway was asked and how it decided.
	Tool *op.ToolUse `json:"tool,omitempty"`

	// Denial explains a denied call; only then it is there.
	Denial *Decision `json:"denial,omitempty"`
}

// Charge says where in a budget a call counts.
type Charge = usage.Charge

// How a model is billed.
const (
	Regional   = "regional"
	Geographic = "geographic"
	Global     = "global"
)

// Check is one question that authorization answered for the call.
type Check struct {
	Action   string `json:"a"`
	Resource string `json:"r"`
	Region   string `json:"reg,omitempty"`
	Allowed  bool   `json:"ok"`
	Any      int    `json:"any,omitempty"` // of checks with the same number, one has to be allowed
}

// What said which region was called.
const (
	RegionFromScope   = "scope"   // the SigV4 credential scope
	RegionFromHost    = "host"    // the Host header
	RegionFromPath    = "path"    // a /regions/<region>/ prefix
	RegionFromKey     = "key"     // the home region of the API key or principal
	RegionFromSession = "session" // the home region of the session
)

// Verdicts of an event.
const (
	Allow = "allow"
	Deny  = "deny"
)

// Outcome is how a call ended.
type Outcome string

const (
	OK         Outcome = "ok"         // answered in full
	Denied     Outcome = "denied"     // refused by policy
	Refused    Outcome = "refused"    // allowed by policy, but a budget or rate limit had no room
	Failed     Outcome = "error"      // answered with an error that is not a denial
	Incomplete Outcome = "incomplete" // the answer was cut, by the backend or by us
	Canceled   Outcome = "canceled"   // the client left before the end
)

// NewCallID makes the id of one call: a random UUID in its text form.
func NewCallID() string { return uuid.NewString() }

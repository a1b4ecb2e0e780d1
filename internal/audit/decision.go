package audit

import (
	"crypto/rand"
	"encoding/json"
	"strings"

	"hardpan/internal/op"
)

// Decision says why one call was denied. Who may read it is decided by the
// door: the caller their own, others with hardpan:GetDecision.
type Decision struct {
	ID       string `json:"id"` // as NewDecisionID makes it; sent as x-hardpan-decision-id
	Time     int64  `json:"t"`  // µs since 1970
	Revision int64  `json:"rev,omitempty"`

	Account string       `json:"acct"` // the account called: whose decision this is
	Caller  Caller       `json:"who,omitzero"`
	Call    DecisionCall `json:"call"`

	Checks []CheckTrace `json:"checks"`
	Failed int          `json:"failed"` // index of the check that gave the verdict; -1 where none did

	// Tool is what a tool gateway decided, in place of checks.
	Tool *op.ToolUse `json:"tool,omitempty"`

	// Policies are the caller's identity policies as they stood then, as far as
	// there is room for them.
	Policies []PolicyText `json:"pol,omitempty"`

	// Budget is there when policy allowed the call and a budget or a rate limit
	// had no room for it.
	Budget *BudgetRefusal `json:"budget,omitempty"`

	Code    string  `json:"code"` // AWS error code
	Status  int     `json:"status"`
	Message string  `json:"msg"` // AWS error message, as the caller got it
	Outcome Outcome `json:"out"`

	// Trimmed names what was left out because the record was too large to keep:
	// "", or one or more of "policies", "traces" and "context keys", with "and"
	// between them.
	Trimmed string `json:"trimmed,omitempty"`
}

// BudgetRefusal is a budget that had no room for a call, with its numbers at that
// moment: nano-dollars, tokens or requests, as Unit says.
type BudgetRefusal struct {
	Why      string `json:"why"` // one of the ledger's reasons
	ID       string `json:"id"`
	Name     string `json:"name"`
	Covers   string `json:"covers"` // the scope's text
	Period   string `json:"period"`
	Unit     string `json:"unit"`
	Limit    int64  `json:"limit"`
	Settled  int64  `json:"settled"`
	Reserved int64  `json:"reserved"`         // by calls under way
	Need     int64  `json:"need"`             // what this call could have used
	Least    bool   `json:"least,omitempty"`  // the budget lowers maxTokens, and Need is with an answer of one token
	Resets   int64  `json:"resets,omitempty"` // µs since 1970; 0: never
	Rate     bool   `json:"rate,omitempty"`   // a rate limit: waiting helps
	Model    string `json:"model,omitempty"`
}

// Of reports whether a decision is about a caller: by ARN and id, since a user
// who is deleted and made again has the same ARN and is somebody else.
func (d *Decision) Of(arn, id string) bool {
	return d != nil && d.Caller.ARN == arn && d.Caller.ID == id
}

// DecisionCall is what was asked for.
type DecisionCall struct {
	ID         string `json:"id"` // of the call event
	Service    string `json:"svc"`
	Operation  string `json:"op"`
	Region     string `json:"reg,omitempty"`
	RegionFrom string `json:"rfrom,omitempty"`
}

// CheckTrace is one check with everything that it was decided on.
type CheckTrace struct {
	Check
	Keys []Key `json:"keys,omitempty"` // the context keys as policies saw them

	// Trace is the policy/eval.Trace of the check as JSON: each layer, policy and
	// statement with the element that failed. It is kept encoded because it is
	// written once and seldom read.
	Trace json.RawMessage `json:"trace,omitempty"`
}

// PolicyText is a policy's document.
type PolicyText struct {
	ARN      string          `json:"arn,omitempty"`  // of a managed policy
	Name     string          `json:"name,omitempty"` // of an inline policy, or a managed one's
	Owner    string          `json:"owner"`          // ARN of the user, group or role that it is attached to
	Document json.RawMessage `json:"doc"`
}

// MaxPolicies bounds the documents of one decision together, in bytes.
const MaxPolicies = 128 << 10

// Key is one context key of a check.
type Key struct {
	Name   string   `json:"name"`
	Origin string   `json:"origin"` // "principal", "session", "request", "resource", "network", "call"
	Values []string `json:"values"`
	Multi  bool     `json:"multi,omitempty"` // whether the key is multivalued
}

// NewDecisionID makes the id of one decision: at least 128 random bits, as 26
// characters a–z and 2–7.
func NewDecisionID() string { return strings.ToLower(rand.Text()) }

// maxDecision bounds an encoded decision. A trace grows with the policies it
// walked; past this it is worth less than the room it takes.
const maxDecision = 512 << 10

// plain is a Decision without its MarshalJSON.
type plain Decision

// MarshalJSON writes d in at most maxDecision bytes, leaving out first the
// policies, then the traces and then the context keys.
func (d *Decision) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal((*plain)(d))
	if err != nil || len(b) <= maxDecision {
		return b, err
	}
	small := plain(*d)
	small.Checks = append([]CheckTrace(nil), d.Checks...)
	var left []string
	for _, less := range []struct {
		name  string
		had   bool
		leave func()
	}{
		{"policies", len(d.Policies) > 0, func() { small.Policies = nil }},
		{"traces", true, func() { eachCheck(&small, func(c *CheckTrace) { c.Trace = nil }) }},
		{"context keys", true, func() { eachCheck(&small, func(c *CheckTrace) { c.Keys = nil }) }},
	} {
		if !less.had {
			continue
		}
		less.leave()
		left = append(left, less.name)
		small.Trimmed = strings.Join(left, " and ")
		if b, err = json.Marshal(&small); err != nil || len(b) <= maxDecision {
			break
		}
	}
	return b, err
}

func eachCheck(p *plain, leave func(*CheckTrace)) {
	for i := range p.Checks {
		leave(&p.Checks[i])
	}
}

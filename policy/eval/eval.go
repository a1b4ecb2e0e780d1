// Package eval decides: given everything that limits a principal and one
// request, is the request allowed, and by or against which statement.
//
// Policies are compiled once ([Compile]), put together into indexed sets
// ([NewSet]) and evaluated without allocation ([Subject.Evaluate]). The order of
// the layers is AWS's (IAM User Guide, "Policy evaluation logic"); there is a
// file for each layer, and combine.go holds the order. [Subject.Trace] gives the
// same verdict and says how it came about.
//
// The package does not know where policies are stored, who is calling over which
// wire, or which actions exist.
package eval

import (
	"fmt"

	"hardpan/policy"
)

// Layer is a kind of policy that takes part in a decision.
type Layer uint8

// The layers, in the order in which an explicit deny is looked for and reported.
const (
	LayerNone     Layer = iota // no policy decided: the root user, sts:GetCallerIdentity
	LayerSCP                   // service control policies
	LayerRCP                   // resource control policies
	LayerResource              // the resource's own policy
	LayerTrust                 // the resource's own policy, where it is a role
	LayerIdentity              // the policies of a user and its groups, or of a role
	LayerBoundary              // the permissions boundary
	LayerSession               // the policies passed when the session was made
)

var layerNames = [...]string{"none", "scp", "rcp", "resource", "trust", "identity", "boundary", "session"}

// String is the layer's name in records.
func (l Layer) String() string { return layerNames[l] }

// MarshalText implements encoding.TextMarshaler.
func (l Layer) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Layer) UnmarshalText(text []byte) error {
	for i, name := range layerNames {
		if name == string(text) {
			*l = Layer(i)
			return nil
		}
	}
	return fmt.Errorf("reading a policy layer: %q is none", text)
}

// Source says where a policy comes from.
type Source struct {
	Layer Layer  `json:"layer"`
	ARN   string `json:"arn,omitempty"`   // of a managed policy, SCP or RCP; empty for an inline one
	Name  string `json:"name,omitempty"`  // of an inline policy, or a managed one's
	Owner string `json:"owner,omitempty"` // ARN of the user, group, role or resource that it is attached to, or [Self]
}

// Self as a policy's Owner is the principal itself, whoever it is. Principals with
// equal policies can then share one [Set]; see [Subject.SourceOf].
const Self = "self"

// Policy is a compiled document. It is immutable and may be part of many sets.
type Policy struct {
	Source     Source
	Document   *policy.Document
	statements []statement
}

// Compile prepares doc for evaluation. It never fails: a document that
// policy.Validate would refuse compiles to one whose broken statements match
// nothing. The document must not be changed afterwards.
func Compile(doc *policy.Document, src Source) *Policy {
	p := &Policy{Source: src, Document: doc}
	p.statements = make([]statement, len(doc.Statements))
	for i := range doc.Statements {
		p.statements[i] = compileStatement(&doc.Statements[i], i, doc.Variables())
	}
	return p
}

// With returns the same compiled policy attached elsewhere: a managed policy is
// compiled once and belongs to many principals.
func (p *Policy) With(src Source) *Policy {
	attached := *p
	attached.Source = src
	return &attached
}

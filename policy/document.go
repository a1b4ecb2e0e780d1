// Package policy reads, checks and prints IAM policy documents.
//
// [Parse] is strict about the grammar (IAM User Guide, "Grammar of the IAM JSON
// policy language") and keeps the position of every element for people;
// [Validate] says what IAM says when a document is stored. The package does not
// decide anything: policy/condition knows what operators mean, policy/eval what
// a set of documents allows.
package policy

// The versions of the policy language. A document without one is Version2008,
// in which policy variables are literal text.
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// The values of a statement's Effect.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// Everyone is the principal, action or resource that stands for all of them.
const Everyone = "*"

// Document is one policy.
type Document struct {
	Version    string // as written; empty where there is none
	ID         string
	Statements []Statement

	// OneStatement: Statement was written as an object, not as a list of one.
	OneStatement bool
	VersionPos   Position
}

// Variables reports whether ${…} in this document is a variable.
func (d *Document) Variables() bool { return d.Version == Version2012 }

// Statement is one rule of a document. Of each pair X and NotX at most one is
// set; a nil list is an element that is not there.
type Statement struct {
	Sid          string
	Effect       string
	Principal    *Principal
	NotPrincipal *Principal
	Action       *List
	NotAction    *List
	Resource     *List
	NotResource  *List
	Conditions   []Operator // all must hold

	Pos          Position
	End          Position // behind its last brace
	SidPos       Position
	EffectPos    Position
	ConditionPos Position
}

// List is the value of an element: one value, or an array of them.
type List struct {
	Values []Value
	Single bool // written without brackets
	Pos    Position
}

// Value is a JSON string, number or boolean.
type Value struct {
	Text string // a number or boolean as it was written
	Bare bool   // number or boolean: printed without quotation marks
	Pos  Position
}

// Principal is the value of Principal or NotPrincipal.
type Principal struct {
	Everyone bool // written as "*"
	Kinds    []PrincipalKind
	Pos      Position
}

// PrincipalKind is one entry of a principal map.
type PrincipalKind struct {
	Name   string // AWS, Federated, Service or CanonicalUser
	Values List
	Pos    Position
}

// Operator is one block of a Condition: an operator and the keys it is applied to.
type Operator struct {
	Name string // with its set qualifier and IfExists, as written
	Keys []Key  // all must hold
	Pos  Position
}

// Key is a condition key and the values it is compared with.
type Key struct {
	Name   string
	Values List
	Pos    Position
}

// Strings makes a list as it stands in a document: one value without brackets,
// several with.
func Strings(values ...string) *List {
	l := &List{Single: len(values) == 1}
	for _, v := range values {
		l.Values = append(l.Values, Value{Text: v})
	}
	return l
}

// Texts returns the values of l; nil for a nil list.
func (l *List) Texts() []string {
	if l == nil {
		return nil
	}
	texts := make([]string, len(l.Values))
	for i, v := range l.Values {
		texts[i] = v.Text
	}
	return texts
}

package cedar

import (
	"fmt"
	"strings"
)

// ValidationMode is what becomes of a policy that is created with findings.
type ValidationMode string

const (
	FailOnAnyFindings ValidationMode = "FAIL_ON_ANY_FINDINGS" // it is not created
	IgnoreAllFindings ValidationMode = "IGNORE_ALL_FINDINGS"  // it is, if it can be read at all
)

// The bounds of a statement (API reference, PolicyStatement), in characters.
const (
	MinStatement = 35
	MaxStatement = 10_000
)

// Severity is what a finding does to a policy.
type Severity string

const (
	// Unusable: the statement cannot be a policy; no validation mode passes over it.
	Unusable Severity = "unusable"
	// Mistake: the policy does not fit the schema. It can fail when it is evaluated,
	// which denies the call.
	Mistake Severity = "mistake"
	// Warning: the policy is valid, and probably not what was meant. It fails nothing.
	Warning Severity = "warning"
)

// Finding is one thing that is wrong in a statement.
type Finding struct {
	Severity   Severity
	Line       int // of the statement, from 1
	Column     int // in characters, from 1
	Message    string
	Suggestion string // what was probably meant: "did you mean …?"; may be empty
	Gateway    string // the ARN of the gateway for which it is so; empty: for all

	rule string // of [SetFinding]; empty for a Mistake
}

// Rejected returns why a policy with these findings is not created, each finding
// with its line and column, and false if it is.
func Rejected(findings []Finding, mode ValidationMode) (reason string, rejected bool) {
	var said []string
	for _, f := range findings {
		if f.Severity == Unusable || f.Severity == Mistake && mode != IgnoreAllFindings {
			said = append(said, f.String())
		}
	}
	return strings.Join(said, "; "), len(said) > 0
}

// String returns the finding as "line 3, column 14: what is wrong: did you mean …?".
func (f Finding) String() string {
	text := fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, f.Message)
	if f.Suggestion != "" {
		text += ": " + f.Suggestion
	}
	return text
}

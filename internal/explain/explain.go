// Package explain turns a denial into what a person needs: the cause, in a
// sentence, and what to do about it. Every remedy but those that ask somebody
// else has been tried on a copy of the principal before it is named, over all
// requests that the caller of this package calls the universe.
//
// It knows traces, policies and the shape of Bedrock's resources. It reads no
// store and no clock, and decides nothing: that is policy/eval.
package explain

import (
	"encoding/json"
	"iter"

	"hardpan/policy/eval"
)

// Input is a denied call.
type Input struct {
	Trace *eval.Trace // of the check that failed, fresh or stored

	// Subject is the principal as it stands now, and Requests are all checks of
	// the call. Without them there is an explanation, but no remedy.
	Subject  *eval.Subject
	Requests []eval.Request

	// Universe is what a remedy may open besides: for instance every action on
	// every model and profile, as this principal would ask. It is walked once for
	// each remedy that changes a policy or a tag. Nil: no such remedy is named.
	Universe iter.Seq[*eval.Request]

	// Alternatives are other ways to make the same call: through a profile, in
	// another region. Those that are allowed are named.
	Alternatives []Alternative

	// OwnOnly: the reader may see the caller's own context and identity policies,
	// and of boundaries, session policies, control policies and other resources'
	// policies only that they decided.
	OwnOnly bool
}

// Alternative is another call that would serve the same purpose.
type Alternative struct {
	Title    string // what to do, as an order: "Call it through …"
	Requests []eval.Request
}

// Explanation is what became of a call, and why.
type Explanation struct {
	Cause    Cause    `json:"cause"`
	Meaning  string   `json:"meaning"` // of the cause, in general
	Summary  string   `json:"summary"` // what happened, to whom, why
	Details  []string `json:"details,omitempty"`
	Nearest  []Miss   `json:"nearest,omitempty"`  // of the layer that is silent, nearest first
	Remedies []Remedy `json:"remedies,omitempty"` // best first
}

// Kind is who has to do something for a remedy.
type Kind string

// The kinds of remedies.
const (
	KindCall   Kind = "call"   // the caller, by calling otherwise
	KindTag    Kind = "tag"    // whoever may tag the resource or the principal
	KindPolicy Kind = "policy" // whoever may change the principal's identity policies
	KindAsk    Kind = "ask"    // somebody else: no identity policy helps
)

// Remedy is a change after which the call is allowed.
type Remedy struct {
	Kind  Kind   `json:"kind"`
	Title string `json:"title"`

	// Document is the policy to add, complete and as narrow as it can be.
	Document json.RawMessage `json:"document,omitempty"`

	// Proven: tried by evaluating the call again with the change made. For
	// KindAsk it says that no Allow in an identity policy helps.
	Proven bool `json:"proven"`

	// Opens is what else the change would allow this principal, within the
	// universe; empty: nothing.
	Opens []string `json:"opens,omitempty"`
	Note  string   `json:"note,omitempty"` // what to mind before doing it
}

// Explain explains one denial. For an allowed request the cause is CauseAllowed
// and there are no remedies.
func Explain(in Input) *Explanation {
	if in.OwnOnly {
		in.Trace = in.Trace.ForCaller()
	}
	f := analyse(in.Trace)
	e := &Explanation{Cause: f.cause, Meaning: f.cause.Meaning(), Summary: summary(in.Trace, f), Details: details(in.Trace, f)}
	e.Details = append(e.Details, alsoDenied(&in)...)
	e.Nearest = nearMisses(in.Trace, f)
	if f.cause != CauseAllowed && in.Subject != nil && len(in.Requests) > 0 {
		e.Remedies = remedies(&in, f)
	}
	return e
}

// alsoDenied lists the other checks of the call that fail: the destinations of a
// profile that are missing, say.
func alsoDenied(in *Input) []string {
	var lines []string
	for i := range in.Requests {
		r := &in.Requests[i]
		own := r.Resource == in.Trace.Resource && r.Action == in.Trace.Action
		if in.Subject == nil || own || in.Subject.Evaluate(r).Allowed {
			continue
		}
		lines = append(lines, "The call also needs "+r.Action+" on "+r.Resource+", which is denied too")
	}
	return lines
}

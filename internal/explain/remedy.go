package explain

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"hardpan/policy"
	"hardpan/policy/eval"
)

// remedies are all that were proven, best first: change the call, a tag, the
// principal's policies; then whom to ask.
func remedies(in *Input, f finding) []Remedy {
	now := deniedNow(in)
	if len(now) == 0 {
		return []Remedy{{Kind: KindCall, Title: "Call again: as the policies stand now, the call is allowed", Proven: true}}
	}
	all := slices.Concat(otherRegion(in, f), otherValue(in, f), alternatives(in))
	if slices.ContainsFunc(now, func(d eval.Decision) bool { return d.Explicit }) {
		return append(all, askAboutDenies(in)...)
	}
	all = append(all, tagging(in, f)...)
	all = append(all, granting(in, f)...)
	return append(all, otherResources(in, f)...)
}

// deniedNow are the checks that fail for the principal as it is.
func deniedNow(in *Input) []eval.Decision {
	var denied []eval.Decision
	for i := range in.Requests {
		if d := in.Subject.Evaluate(&in.Requests[i]); !d.Allowed {
			denied = append(denied, d)
		}
	}
	return denied
}

// granting adds Allow statements where layers are silent until the call passes.
func granting(in *Input, f finding) []Remedy {
	if in.Universe == nil {
		return nil
	}
	a := newAttempt(in)
	if !a.grant() {
		return nil
	}
	r := Remedy{Kind: KindPolicy, Proven: true, Opens: opens(in, a.subject)}
	r.Document, r.Title = a.document(in)
	if slices.ContainsFunc(a.layers, func(l eval.Layer) bool { return l != eval.LayerIdentity }) {
		r.Kind = KindAsk
	}
	r.Note = notes[f.cause]
	return []Remedy{r}
}

// notes say what a statement without the condition would give up.
var notes = map[Cause]string{
	CauseOnlyThrough:     "The policy lets the model be called through a profile only; this statement goes around that, and the cost of such calls is on no profile.",
	CauseConditionFailed: "This statement goes around the condition that kept the call out; see first whether it was meant to.",
	CauseKeyMissing:      "This statement goes around the condition that kept the call out; see first whether it was meant to.",
	CauseWrongRegion:     "See first whether the policy keeps calls in its regions on purpose.",
	CauseSession:         "A session cannot be widened: make a new one, with a session policy that has this statement.",
}

// document is what was added, as one policy, and where it belongs.
func (a *attempt) document(in *Input) (json.RawMessage, string) {
	doc := policy.Document{Version: policy.Version2012, Statements: a.statements()}
	text, err := json.MarshalIndent(&doc, "", "  ")
	if err != nil {
		return nil, ""
	}
	var places []string
	for _, l := range a.layers {
		places = append(places, place(l, in))
	}
	what := "this statement"
	if len(doc.Statements) > 1 {
		what = "these statements"
	}
	return text, fmt.Sprintf("Add %s to %s", what, strings.Join(places, ", and to "))
}

func place(l eval.Layer, in *Input) string {
	who := in.Trace.Principal
	switch l {
	case eval.LayerBoundary:
		return "the permissions boundary (ask the administrator who set it for " + who + ")"
	case eval.LayerSession:
		return "the session policy (ask whoever made the session " + who + ")"
	case eval.LayerSCP:
		return "the service control policies (ask the organization's administrator)"
	case eval.LayerRCP:
		return "the resource control policies (ask the organization's administrator)"
	case eval.LayerTrust:
		return "the trust policy of " + in.Trace.Resource + " (ask whoever owns the role)"
	case eval.LayerResource:
		return "the policy of " + in.Trace.Resource + " (ask its owner, account " + in.Trace.ResourceAccount + ")"
	}
	if in.Subject.RoleARN != "" {
		return "the identity policies of " + in.Subject.RoleARN
	}
	return "the identity policies of " + who
}

// maxOpens bounds how much of the universe a remedy lists.
const maxOpens = 50

// opens lists what changed allows and the principal as it is does not, without
// the call itself.
func opens(in *Input, changed *eval.Subject) []string {
	return list(in, func(yield func(*eval.Request) bool) {
		for u := range in.Universe {
			if !in.Subject.Evaluate(u).Allowed && changed.Evaluate(u).Allowed && !yield(u) {
				return
			}
		}
	})
}

// list names requests, each once and without the call's own, up to maxOpens.
func list(in *Input, requests iter.Seq[*eval.Request]) []string {
	var names []string
	seen := map[string]bool{}
	for r := range requests {
		if name := r.Action + " on " + r.Resource; !in.asks(r) && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	if len(names) > maxOpens {
		more := len(names) - maxOpens
		names = append(names[:maxOpens:maxOpens], fmt.Sprintf("and %d more", more))
	}
	return names
}

// asks reports whether u is a part of the call. An action that the call has on
// "*" has no resource type, so that a universe of pairs names it too often.
func (in *Input) asks(u *eval.Request) bool {
	return slices.ContainsFunc(in.Requests, func(r eval.Request) bool {
		return (r.Resource == u.Resource || r.Resource == noResourceType) && strings.EqualFold(r.Action, u.Action)
	})
}

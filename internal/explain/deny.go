package explain

import (
	"fmt"
	"slices"

	"hardpan/policy"
	"hardpan/policy/eval"
)

// askAboutDenies says which Deny statements stand in the way, after trying that
// no Allow helps, and whether the call would pass without them.
func askAboutDenies(in *Input) []Remedy {
	if !allowsAreUseless(in) {
		return nil
	}
	denies, passes := denialsInTheWay(in)
	var all []Remedy
	for _, d := range denies {
		r := Remedy{
			Kind: KindAsk, Proven: true,
			Title: fmt.Sprintf("No Allow will help: ask %s to change %s, which denies the call", owner(d.Layer), denyName(in, d)),
			Note:  denyNote(passes, len(denies)),
		}
		if !slices.ContainsFunc(all, func(other Remedy) bool { return other.Title == r.Title }) {
			all = append(all, r)
		}
	}
	return all
}

func denyNote(passes bool, denies int) string {
	switch {
	case passes && denies == 1:
		return "Without this Deny the call is allowed."
	case passes:
		return "Without these Denies, all of them, the call is allowed."
	}
	return "Even without it the call needs an Allow that is not there."
}

// denyName names the statement that denies, as far as the reader may know it.
func denyName(in *Input, d eval.Decision) string {
	if in.OwnOnly && d.Layer != eval.LayerIdentity {
		return "the " + layerNames[d.Layer]
	}
	return Decided(in.Subject, d)
}

func owner(l eval.Layer) string {
	switch l {
	case eval.LayerSCP, eval.LayerRCP:
		return "the organization's administrator"
	case eval.LayerBoundary:
		return "the administrator who set the permissions boundary"
	case eval.LayerSession:
		return "whoever made the session"
	case eval.LayerResource, eval.LayerTrust:
		return "the resource's owner"
	}
	return "an administrator of the account"
}

// allowsAreUseless tries an Allow of everything.
func allowsAreUseless(in *Input) bool {
	everything := &policy.Document{Version: policy.Version2012, Statements: []policy.Statement{
		{Effect: policy.Allow, Action: policy.Strings("*"), Resource: policy.Strings("*")},
	}}
	s := *in.Subject
	s.Identity = s.Identity.With(eval.Compile(everything, eval.Source{Layer: eval.LayerIdentity}))
	return slices.ContainsFunc(in.Requests, func(r eval.Request) bool { return !s.Evaluate(&r).Allowed })
}

// denialsInTheWay takes one Deny after another away until none is left, and
// reports whether the call passes then.
func denialsInTheWay(in *Input) (denies []eval.Decision, passes bool) {
	a := newAttempt(in)
	for range 4 * rounds {
		i := slices.IndexFunc(a.requests, func(r eval.Request) bool { return a.subject.Evaluate(&r).Explicit })
		if i < 0 {
			break
		}
		d := a.subject.Evaluate(&a.requests[i])
		denies = append(denies, a.original(d))
		a.takeAway(d)
	}
	passes = !slices.ContainsFunc(a.requests, func(r eval.Request) bool { return !a.subject.Evaluate(&r).Allowed })
	return denies, passes
}

// original gives a decision the number that its statement has in the policy as
// it is: each statement taken away from before it has moved it up.
func (a *attempt) original(d eval.Decision) eval.Decision {
	if p, ok := a.shrunk[d.Policy]; ok {
		d.Policy, d.Statement = p.whole, p.numbers[d.Statement]
	}
	return d
}

// shrunkPolicy remembers what a policy was before statements were taken away.
type shrunkPolicy struct {
	whole   *eval.Policy
	numbers []int // in whole, of the statements that are left
}

func (a *attempt) takeAway(d eval.Decision) {
	s := a.subject
	smaller := a.shrink(d)
	replace := func(set *eval.Set) *eval.Set {
		if set == nil {
			return nil
		}
		policies := slices.Clone(set.Policies())
		for i, p := range policies {
			if p == d.Policy {
				policies[i] = smaller
			}
		}
		return eval.NewSet(policies...)
	}
	s.Identity, s.Boundary, s.Session = replace(s.Identity), replace(s.Boundary), replace(s.Session)
	s.SCPs, s.RCPs = slices.Clone(s.SCPs), slices.Clone(s.RCPs)
	for i := range s.SCPs {
		s.SCPs[i] = replace(s.SCPs[i])
	}
	for i := range s.RCPs {
		s.RCPs[i] = replace(s.RCPs[i])
	}
	for i := range a.requests {
		a.requests[i].ResourcePolicy = replace(a.requests[i].ResourcePolicy)
	}
}

func (a *attempt) shrink(d eval.Decision) *eval.Policy {
	doc := *d.Policy.Document
	doc.Statements = slices.Delete(slices.Clone(doc.Statements), d.Statement, d.Statement+1)
	smaller := eval.Compile(&doc, d.Policy.Source)
	before, ok := a.shrunk[d.Policy]
	if !ok {
		before = shrunkPolicy{whole: d.Policy}
		for i := range d.Policy.Document.Statements {
			before.numbers = append(before.numbers, i)
		}
	}
	if a.shrunk == nil {
		a.shrunk = map[*eval.Policy]shrunkPolicy{}
	}
	a.shrunk[smaller] = shrunkPolicy{before.whole, slices.Delete(slices.Clone(before.numbers), d.Statement, d.Statement+1)}
	return smaller
}

package cedar

import (
	"fmt"
	"slices"
	"strings"
)

// summary puts an explanation into a sentence.
func (e Explanation) summary(r Request) string {
	d, call := e.Decision, fmt.Sprintf("%s for %s", r.Action.id, r.Principal)
	ids := strings.Join(d.Determining, ", ")
	failed := func(id string) bool {
		return slices.ContainsFunc(d.Mismatched, func(m Mismatch) bool { return m.Policy == id })
	}
	switch {
	case d.Allowed:
		return fmt.Sprintf("%s is permitted by %s", call, ids)
	case len(d.Determining) > 0 && failed(d.Determining[0]):
		return fmt.Sprintf("%s is denied because %s could not be evaluated: %s", call, ids, d.Mismatched[0].Message)
	case len(d.Determining) > 0:
		return fmt.Sprintf("%s is forbidden by %s", call, ids)
	}
	return fmt.Sprintf("%s is denied because no policy permits it%s", call, e.nearestPermit())
}

// nearestPermit says of the policy that is nearest to permitting what keeps it from that.
func (e Explanation) nearestPermit() string {
	for _, p := range e.Policies {
		switch {
		case p.Effect == Forbid:
		case p.Matched:
			return fmt.Sprintf("; %s would, but is %s", p.Policy, p.Mode)
		case p.Failure.Part == "condition":
			return fmt.Sprintf("; the nearest is %s, line %d, column %d: %s", p.Policy, p.Failure.Line, p.Failure.Column, p.Failure.Message)
		}
	}
	if len(e.Policies) == 0 {
		return ": there is no policy at all"
	}
	return ", and none is about this call"
}

package cedar

import (
	"slices"
	"time"

	"github.com/cedar-policy/cedar-go/types"
)

// Possibility is whether some input of an action could be allowed for a caller.
type Possibility struct {
	Allowed bool

	// Exact: Allowed is true only if there is such an input. If it is not set, the
	// policies hold what this package does not see through, and Allowed is true
	// because nothing says that there is none.
	Exact bool
}

// View is what one caller could do at one gateway. It is not safe for use by many
// at once; making one costs little.
type View struct {
	set       *Set
	principal Principal
	gateway   *gatewaySchema
	system    types.Value
	nothing   types.Record // a context without input
	call      *call
	settled   map[*condition]outcomes
	callers   []caller
	grouped   map[string][]*compiled // by the nearest group of actions
	found     []*compiled            // room for the policies of one action
}

// View returns a caller's view of a gateway, at context.system.now. At a gateway
// that the schema does not have, nothing is possible.
func (s *Set) View(p Principal, gateway string, now time.Time) *View {
	v := &View{
		set: s, principal: p, gateway: s.schema.gateways[gateway], system: systemOf(Request{Now: now}),
		callers: s.index.callers(p), grouped: make(map[string][]*compiled), settled: make(map[*condition]outcomes),
	}
	v.nothing = contextOf("", nil, v.system)
	if v.gateway != nil {
		v.call = newCall(p, v.gateway, nil, v.nothing)
	}
	return v
}

// Allowed returns the actions of the gateway that could be allowed, sorted by id.
func (v *View) Allowed() []Action {
	if v.gateway == nil {
		return nil
	}
	var allowed []Action
	for _, a := range v.gateway.sorted {
		if v.CouldAllow(a).Allowed {
			allowed = append(allowed, a)
		}
	}
	return allowed
}

// CouldAllow tells whether some input of an action could be allowed: whether an input
// of the action's type exists for which [Set.Decide] allows the call. LOG_ONLY
// policies do not count.
func (v *View) CouldAllow(of Action) Possibility {
	if v.gateway == nil || v.gateway.actions[of.id] == nil {
		return Possibility{Exact: true}
	}
	a := v.gateway.actions[of.id]
	active := v.candidates(a)
	if len(active) == 0 {
		return Possibility{Exact: true}
	}
	v.call.request.Action, v.call.request.Context = a.uid, v.nothing
	s := &solver{action: a, system: v.system, call: v.call, settled: v.settled}
	return s.solve(active)
}

// candidates returns the ACTIVE policies that can be about an action.
func (v *View) candidates(a *action) candidates {
	group := string(a.groups[0].ID)
	grouped, known := v.grouped[group]
	if !known {
		grouped = v.set.index.grouped(nil, v.gateway.arn, a, v.callers)
		v.grouped[group] = grouped
	}
	found := v.set.index.actions[string(a.uid.ID)].about(v.found[:0], v.gateway.arn, v.callers)
	found = append(found, grouped...)
	slices.SortFunc(found, byOrder)
	found = slices.DeleteFunc(slices.Compact(found), func(c *compiled) bool { return c.Mode == LogOnly })
	v.found = found
	return found
}

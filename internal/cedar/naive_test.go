package cedar_test

import (
	"strings"

	cedarlang "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"pgregory.net/rapid"

	"hardpan/internal/cedar"
)

// naive decides as [cedar.Set.Decide] promises, by giving cedar-go every policy of a set
// one by one, with entities and a context that are written down here again.
func naive(t *rapid.T, set *cedar.Set, r cedar.Request) cedar.Decision {
	entities, request := cedarCall(r)
	var permits, forbids, failed []string
	var d cedar.Decision
	logged := map[string]cedar.LogOnlyMatch{}
	for _, p := range set.Policies() {
		var alone cedarlang.Policy
		if err := alone.UnmarshalCedar([]byte(p.Statement)); err != nil {
			t.Fatal(err)
		}
		one := cedarlang.NewPolicySet()
		one.Add(types.PolicyID(p.ID), &alone)
		_, diagnostic := cedarlang.Authorize(one, entities, request)
		matched, forbid := len(diagnostic.Reasons) > 0, alone.Effect() == types.Forbid
		switch {
		case p.Mode == cedar.LogOnly:
			match := cedar.LogOnlyMatch{Policy: p.ID, Effect: cedar.Permit}
			if forbid {
				match.Effect = cedar.Forbid
			}
			if len(diagnostic.Errors) > 0 {
				match.Message = diagnostic.Errors[0].Message
			}
			if matched || match.Message != "" {
				logged[p.ID] = match
			}
		case len(diagnostic.Errors) > 0:
			failed = append(failed, p.ID)
			d.Mismatched = append(d.Mismatched, cedar.Mismatch{Policy: p.ID, Message: diagnostic.Errors[0].Message})
		case matched && forbid:
			forbids = append(forbids, p.ID)
		case matched:
			permits = append(permits, p.ID)
		}
	}
	switch {
	case len(forbids) > 0:
		d.Determining = forbids
	case len(failed) > 0:
		d.Determining = failed
	case len(permits) > 0:
		d.Allowed, d.Determining = true, permits
	}
	for _, p := range set.Policies() {
		match, ok := logged[p.ID]
		if !ok {
			continue
		}
		if match.Message != "" || match.Effect == cedar.Forbid {
			match.Flips = d.Allowed
		} else {
			match.Flips = !d.Allowed && len(d.Determining) == 0
		}
		d.LogOnly = append(d.LogOnly, match)
	}
	return d
}

func cedarCall(r cedar.Request) (types.EntityMap, types.Request) {
	uid := func(kind, id string) types.EntityUID {
		return types.NewEntityUID(types.EntityType("AgentCore::"+kind), types.String(id))
	}
	action := func(id string) types.EntityUID { return uid("Action", id) }
	entities := types.EntityMap{}
	put := func(entity types.EntityUID, parents ...types.EntityUID) {
		entities[entity] = types.Entity{UID: entity, Parents: types.NewEntityUIDSet(parents...)}
	}
	target, _, _ := strings.Cut(r.Action.ID(), "___")
	put(action("Mcp"))
	put(action("CallTool"), action("Mcp"))
	put(action(target), action("CallTool"))
	put(action(r.Action.ID()), action(target))
	tags := types.RecordMap{}
	for _, name := range []string{"role", "groups", "team"} {
		if value, ok := r.Principal.Tag(name); ok {
			tags[types.String(name)] = types.String(value)
		}
	}
	who := uid("OAuthUser", r.Principal.ID())
	entities[who] = types.Entity{
		UID: who, Tags: types.NewRecord(tags),
		Attributes: types.NewRecord(types.RecordMap{"id": types.String(r.Principal.ID())}),
	}
	property := "order"
	if r.Action == find {
		property = "q"
	}
	return entities, types.Request{
		Principal: who, Action: action(r.Action.ID()), Resource: uid("Gateway", r.Gateway),
		Context: types.NewRecord(types.RecordMap{
			"input":  types.NewRecord(types.RecordMap{types.String(property): types.String("A")}),
			"system": types.NewRecord(types.RecordMap{"now": types.NewDatetime(r.Now)}),
		}),
	}
}

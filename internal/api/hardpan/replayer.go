package hardpan

import (
	"encoding/json"
	"slices"
	"time"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// replayer makes decisions of one gateway again.
type replayer struct {
	service  *Service
	snapshot *identity.Snapshot
	gateway  *gateway.Gateway
	set      *cedar.Set
	before   *cedar.Set // of the gateway's engine now; nil: none
	at       map[flipKey]int
	Replayed
}

// maxKeptFlips bounds what is kept until the most frequent are known.
const maxKeptFlips = 10 * maxReplayFlips

// flipKey is what makes flips one.
type flipKey struct{ principal, method, action, was, now, input string }

func newReplayer(s *Service, snapshot *identity.Snapshot, g *gateway.Gateway, set *cedar.Set) *replayer {
	r := &replayer{service: s, snapshot: snapshot, gateway: g, set: set, at: map[flipKey]int{}}
	r.Flips = []Flip{}
	if e, _, attached := gateway.EngineOf(snapshot, g); attached && e != nil {
		if before, err := s.Gateways.Policies(snapshot, e); err == nil {
			r.before = before
		}
	}
	return r
}

// again makes one decision again. What the gateway's role, a broken engine or
// arguments off schema decided was no policy's doing.
func (r *replayer) again(use *op.ToolUse, at time.Time) {
	caller, err := cedar.ReadPrincipal(use.Principal, use.Claims)
	listed := len(use.Shown)+len(use.Hidden) > 0
	if by := decidedBy(use); err != nil || slices.Contains(use.Trimmed, "claims") || by == byEngine || by == byArguments ||
		by == byRole && !use.Failed || use.Action == "" && !listed {
		r.Skipped++
		return
	}
	r.Decided++
	if listed {
		r.list(use, caller, at)
		return
	}
	r.call(use, caller, at)
}

// list holds what a list showed against what it would show.
func (r *replayer) list(use *op.ToolUse, caller cedar.Principal, at time.Time) {
	view, same := r.set.View(caller, r.gateway.ARN(), at), true
	for _, id := range use.Shown {
		if !view.CouldAllow(action(id)).Allowed {
			r.flip(use, Flip{Action: id, Was: "shown", Now: "hidden", Input: "some", Certain: true}, at)
			same = false
		}
	}
	for _, id := range use.Hidden {
		if could := view.CouldAllow(action(id)); could.Allowed {
			r.flip(use, Flip{Action: id, Was: "hidden", Now: "shown", Input: "some", Certain: could.Exact}, at)
			same = false
		}
	}
	if same {
		r.Same++
	}
}

func action(id string) (a cedar.Action) {
	_ = a.UnmarshalText([]byte(id)) // never fails
	return a
}

// call decides a call on its own input, if it is known, and else on some.
func (r *replayer) call(use *op.ToolUse, caller cedar.Principal, at time.Time) {
	input := use.Input
	if use.Method == "resources/read" {
		input, _ = json.Marshal(map[string]string{"uri": use.Name})
	}
	if len(input) == 0 {
		r.someInput(use, caller, at)
		return
	}
	in, err := r.set.Schema().Input(r.gateway.ARN(), action(use.Action), input)
	if err != nil { // the tool's schema changed since, or it is gone
		r.Decided--
		r.Skipped++
		return
	}
	d := r.set.Decide(cedar.Request{Principal: caller, Gateway: r.gateway.ARN(), Action: action(use.Action), Input: in, Now: at})
	if d.Allowed == use.Allowed {
		r.Same++
		return
	}
	r.flip(use, Flip{
		Action: use.Action, Was: verdict(use.Allowed), Now: verdict(d.Allowed), Input: "recorded", Certain: true, Determining: d.Determining,
	}, at)
}

// someInput tells what can be told without the arguments: that no arguments would
// be allowed any more, or that some would now and none were.
func (r *replayer) someInput(use *op.ToolUse, caller cedar.Principal, at time.Time) {
	could := r.set.View(caller, r.gateway.ARN(), at).CouldAllow(action(use.Action)).Allowed
	f := Flip{Action: use.Action, Was: verdict(use.Allowed), Now: verdict(could), Input: "some", Certain: !could}
	switch {
	case use.Allowed && could:
		r.Unsure++
	case !use.Allowed && !could:
		r.Same++
	case !use.Allowed && r.before != nil && r.before.View(caller, r.gateway.ARN(), at).CouldAllow(action(use.Action)).Allowed:
		r.Unsure++ // it was the arguments, of which nothing is known
	default:
		r.flip(use, f, at)
	}
}

func verdict(allowed bool) string {
	if allowed {
		return "allow"
	}
	return "deny"
}

func (r *replayer) flip(use *op.ToolUse, f Flip, at time.Time) {
	f.Principal, f.Method, f.Times, f.Last = use.Principal, use.Method, 1, at.UTC()
	k := flipKey{f.Principal, f.Method, f.Action, f.Was, f.Now, f.Input}
	i, known := r.at[k]
	switch {
	case !known && len(r.Flips) == maxKeptFlips:
		r.Omitted++
		return
	case !known:
		r.at[k] = len(r.Flips)
		r.Flips = append(r.Flips, f)
		return
	}
	r.Flips[i].Times++
	r.Flips[i].Last = f.Last
}

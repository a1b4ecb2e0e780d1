package mcp

import (
	"encoding/json"

	"golang.org/x/time/rate"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
)

// An explanation takes as long as some hundred decisions. A caller who is denied in
// a loop must not take the time of the others, so that a gateway explains so many
// denials at once, and then so many in a second; the rest are only recorded.
const (
	explainedAtOnce    = 20
	explainedPerSecond = 10
)

// explain keeps why a call is denied; it costs nothing while calls are allowed.
func (p *policies) explain(request cedar.Request) {
	if !p.visit.explanations().AllowN(p.asked, 1) {
		p.use.Hasty = true
		return
	}
	e := p.set.Explain(request)
	if !p.visit.plane.RecordInputs {
		e.Remedy.ThisInput = "" // it has all of the arguments
	}
	if text, err := json.Marshal(e); err == nil {
		p.use.Explanation = text
	}
}

// explanations bounds how many denials the gateway explains.
func (v *Visit) explanations() *rate.Limiter {
	shelf := v.Snapshot.Shelf(gateway.KindGateway, v.Gateway.Region)
	return shelf.Keep(explanationsKey{v.Gateway.ID}, func() any {
		return rate.NewLimiter(explainedPerSecond, explainedAtOnce)
	}).(*rate.Limiter)
}

type explanationsKey struct{ gateway string }

package gateway

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/identity"
	"hardpan/policy"
	"hardpan/policy/eval"
)

// Locate finds a gateway by its id among all accounts, and the snapshot that
// all else about it is to be read from.
func Locate(d *identity.Directory, id string) (*Gateway, *identity.Snapshot, bool) {
	r, s, ok := d.Resource(KindGateway, id)
	if !ok {
		return nil, nil, false
	}
	return r.(*Gateway), s, true
}

// Find finds a gateway of an account in a region by its id.
func Find(s *identity.Snapshot, region, id string) (*Gateway, bool) {
	return inRegion[*Gateway](s, KindGateway, region, id)
}

// FindEngine finds a policy engine of an account in a region by its id.
func FindEngine(s *identity.Snapshot, region, id string) (*Engine, bool) {
	return inRegion[*Engine](s, KindEngine, region, id)
}

func inRegion[R Resource](s *identity.Snapshot, kind identity.Kind, region, id string) (none R, ok bool) {
	r, ok := s.Resource(kind, id)
	if !ok || r.(R).Common().Region != region {
		return none, false
	}
	return r.(R), true
}

// FindTarget finds a target of a gateway by its id.
func FindTarget(s *identity.Snapshot, gatewayID, id string) (*Target, bool) {
	r, ok := s.Resource(KindTarget, id)
	if !ok || r.(*Target).Within != gatewayID {
		return nil, false
	}
	return r.(*Target), true
}

// TargetNamed finds a target of a gateway by its name.
func TargetNamed(s *identity.Snapshot, gatewayID, name string) (*Target, bool) {
	r, ok := s.ResourceAt(KindTarget, gatewayID, name)
	if !ok {
		return nil, false
	}
	return r.(*Target), true
}

// FindPolicy finds a policy of an engine by its id.
func FindPolicy(s *identity.Snapshot, engineID, id string) (*Policy, bool) {
	r, ok := s.Resource(KindPolicy, id)
	if !ok || r.(*Policy).Within != engineID {
		return nil, false
	}
	return r.(*Policy), true
}

// FindProvider finds a credential provider of an account by its ARN.
func FindProvider(s *identity.Snapshot, providerARN string) (*Provider, bool) {
	parts := strings.SplitN(providerARN, ":", 6)
	if len(parts) < 6 {
		return nil, false
	}
	path := strings.Split(parts[5], "/")
	if len(path) != 4 {
		return nil, false
	}
	r, ok := s.ResourceAt(KindProvider, ProviderPlace(parts[3], path[2]), path[3])
	if !ok || r.(*Provider).ARN() != providerARN {
		return nil, false
	}
	return r.(*Provider), true
}

// list yields resources of one type in name order, those after a name only.
func list[R Resource](s *identity.Snapshot, kind identity.Kind, within, after string) iter.Seq[R] {
	return func(yield func(R) bool) {
		for r := range s.Resources(kind, within, after) {
			if !yield(r.(R)) {
				return
			}
		}
	}
}

// Gateways yields the gateways of a region in name order, those after the name
// `after` only ("" for all). The functions below do the same.
func Gateways(s *identity.Snapshot, region, after string) iter.Seq[*Gateway] {
	return list[*Gateway](s, KindGateway, region, after)
}

// Engines yields the policy engines of a region.
func Engines(s *identity.Snapshot, region, after string) iter.Seq[*Engine] {
	return list[*Engine](s, KindEngine, region, after)
}

// Targets yields the targets of a gateway.
func Targets(s *identity.Snapshot, gatewayID, after string) iter.Seq[*Target] {
	return list[*Target](s, KindTarget, gatewayID, after)
}

// HasTool reports whether any gateway of the account has a tool of this name, as
// clients see it: target___tool.
func HasTool(s *identity.Snapshot, name string) bool {
	for r := range s.ResourcesOf(KindTarget) {
		t := r.(*Target)
		if t.Serves() && slices.ContainsFunc(t.Tools, func(own Tool) bool { return t.FullName(own.Name) == name }) {
			return true
		}
	}
	return false
}

// Policies yields the policies of an engine, whatever their state.
func Policies(s *identity.Snapshot, engineID, after string) iter.Seq[*Policy] {
	return list[*Policy](s, KindPolicy, engineID, after)
}

// Providers yields the credential providers of a kind in a region.
func Providers(s *identity.Snapshot, region, kind, after string) iter.Seq[*Provider] {
	return list[*Provider](s, KindProvider, ProviderPlace(region, kind), after)
}

// EngineOf returns the engine that is attached to a gateway, and its mode there.
// ok is false if none is attached; e is nil if the one that is attached is gone.
func EngineOf(s *identity.Snapshot, g *Gateway) (e *Engine, mode types.GatewayPolicyEngineMode, ok bool) {
	engineARN, mode := g.Engine()
	if engineARN == "" {
		return nil, "", false
	}
	e, _ = FindEngine(s, g.Region, engineARN[strings.LastIndexByte(engineARN, '/')+1:])
	if e != nil && e.ARN() != engineARN {
		e = nil
	}
	return e, mode, true
}

// Attached returns the gateways that an engine is attached to, in name order.
func Attached(s *identity.Snapshot, e *Engine) []*Gateway {
	var attached []*Gateway
	for g := range Gateways(s, e.Region, "") {
		if engineARN, _ := g.Engine(); engineARN == e.ARN() {
			attached = append(attached, g)
		}
	}
	return attached
}

// PolicyOn returns the resource policy of what has the ARN; nil if it has none.
func PolicyOn(s *identity.Snapshot, region, resourceARN string) (*eval.Set, error) {
	r, ok := s.ResourceAt(KindResourcePolicy, region, resourceARN)
	if !ok {
		return nil, nil
	}
	type compiled struct {
		set *eval.Set
		err error
	}
	c := s.Shelf(KindResourcePolicy, region).Keep(resourceARN, func() any {
		doc, err := policy.Parse([]byte(r.(*ResourcePolicy).Document))
		if err != nil {
			return compiled{err: fmt.Errorf("the resource policy of %s: %w", resourceARN, err)}
		}
		src := eval.Source{Layer: eval.LayerResource, Name: "resource policy", Owner: resourceARN}
		return compiled{set: eval.NewSet(eval.Compile(doc, src))}
	}).(compiled)
	return c.set, c.err
}

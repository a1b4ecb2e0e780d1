package hardpan

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/mcp"
	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

// What a gateway decided is decided again by other policies: a rehearsal of a
// change, with the callers and calls that there really were. The policies are
// given in the request, or are those of an engine; it says nothing of who else
// might call.

const replay = "hardpan:ReplayGateway"

// ReplayGatewayInput names a gateway; the rest of the input is a [Replay].
type ReplayGatewayInput struct{ GatewayID *string }

// ReplayGatewayOutput is described by [Replayed], which has a JSON form of its own.
type ReplayGatewayOutput struct{}

// Replay says which decisions are made again, and by what.
type Replay struct {
	Since time.Time `json:"since,omitzero"` // a day ago, if it is not given
	Until time.Time `json:"until,omitzero"`

	// Policies decide if there are any, else the policies of Engine (an ARN), else
	// those of the gateway's own engine as they are now.
	Policies []ReplayPolicy `json:"policies,omitempty"`
	Engine   string         `json:"engine,omitempty"`
}

// ReplayPolicy is a Cedar policy that is tried.
type ReplayPolicy struct {
	Name      string `json:"name"`
	Statement string `json:"statement"`
}

// Replayed is what came of it.
type Replayed struct {
	Gateway string    `json:"gateway"` // ARN
	By      string    `json:"by"`      // ARN of the engine, or "the given policies"
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`

	Decided int `json:"decided"` // decisions that were made again
	Same    int `json:"same"`    // of these, with the same result
	Unsure  int `json:"unsure"`  // of these, up to arguments that are not recorded
	Skipped int `json:"skipped"` // decisions of which the record does not have enough

	Flips   []Flip `json:"flips"`
	Omitted int    `json:"omitted,omitempty"` // flips that are left out
	Cut     string `json:"cut,omitempty"`     // why not all decisions were made again
}

// Flip is a decision that would be another. What differs in time only is one.
type Flip struct {
	Principal   string    `json:"principal"`
	Method      string    `json:"method"`
	Action      string    `json:"action"`
	Was         string    `json:"was"` // allow or deny; of a list: shown or hidden
	Now         string    `json:"now"`
	Input       string    `json:"input"` // recorded, or some: it is so for some arguments, or for none
	Certain     bool      `json:"certain"`
	Determining []string  `json:"determining,omitempty"`
	Times       int       `json:"times"`
	Last        time.Time `json:"last"`
}

// The bounds of a replay.
const (
	maxReplay         = 1 << 20 // of the question, in bytes
	maxReplayFlips    = 1000
	maxReplayTime     = 20 * time.Second
	maxReplayPolicies = 1000
)

var _ = op.AddRaw(&table, "ReplayGateway", (*Service).replay, op.Rule[op.Raw]{
	Action: replay, Access: op.Read,
	Schema: rest.Operation("ReplayGateway", "POST", "/gateways/{gatewayID}/replays", 200, ReplayGatewayInput{}, ReplayGatewayOutput{}),
})

func (s *Service) replay(c *op.Call) (*op.Prepared, error) {
	asked, err := readReplay(c)
	if err != nil {
		return nil, err
	}
	id := c.Labels["gatewayID"]
	checks := []op.Check{{Action: replay, Resource: resource(c, "gateway/"+id), Region: c.Region}}
	if asked.Engine != "" { // what its policies say comes to light
		checks = append(checks, op.Check{Action: "bedrock-agentcore:ListPolicies", Resource: asked.Engine, Region: c.Region})
	}
	return &op.Prepared{Checks: checks, Run: func(ctx context.Context) (*op.Response, error) {
		snapshot, _ := s.DB.Directory().Account(c.Account)
		g, ok := gateway.Find(snapshot, c.Region, id)
		if !ok {
			return nil, awserr.NotFound("There is no gateway %s in %s. hardpan gateway list shows them.", id, c.Region)
		}
		set, by, err := s.replaySet(snapshot, g, asked)
		if err != nil {
			return nil, err
		}
		r := newReplayer(s, snapshot, g, set)
		r.Gateway, r.By, r.Since, r.Until = g.ARN(), by, asked.Since, asked.Until
		if err := r.run(ctx); err != nil {
			return nil, err
		}
		return answer(&r.Replayed)
	}}, nil
}

func readReplay(c *op.Call) (*Replay, error) {
	if len(c.Body) > maxReplay {
		return nil, awserr.Validation("The question has more than %d bytes.", maxReplay)
	}
	asked := new(Replay)
	decoder := json.NewDecoder(bytes.NewReader(c.Body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(asked); err != nil && len(c.Body) > 0 {
		return nil, awserr.Validation("The question is no JSON of this operation: %s", err)
	}
	if asked.Since.IsZero() {
		asked.Since = c.Time.Add(-24 * time.Hour)
	}
	if asked.Until.IsZero() {
		asked.Until = c.Time
	}
	switch {
	case !asked.Since.Before(asked.Until):
		return nil, awserr.Validation("The span ends (%s) before it begins (%s).", asked.Until.Format(time.RFC3339), asked.Since.Format(time.RFC3339))
	case len(asked.Policies) > maxReplayPolicies:
		return nil, awserr.Validation("%d policies are the most, not %d.", maxReplayPolicies, len(asked.Policies))
	case len(asked.Policies) > 0 && asked.Engine != "":
		return nil, awserr.Validation("Give either policies or an engine.")
	}
	return asked, nil
}

// replaySet is the policies that are to decide, and whose they are.
func (s *Service) replaySet(snapshot *identity.Snapshot, g *gateway.Gateway, asked *Replay) (set *cedar.Set, by string, err error) {
	schema, err := cedar.NewSchema(mcp.Described(snapshot, []*gateway.Gateway{g})...)
	if err != nil {
		return nil, "", awserr.Validation("No policy can be evaluated for the tools of the gateway: %s", err)
	}
	if len(asked.Policies) > 0 {
		set, err = givenSet(schema, asked.Policies)
		return set, "the given policies", err
	}
	by = cmp.Or(asked.Engine, firstOf(g.Engine()))
	e, ok := gateway.FindEngine(snapshot, g.Region, last("/"+by))
	if !ok || e.ARN() != by {
		return nil, "", awserr.NotFound("There is no policy engine %q in %s. Give policies, or the ARN of an engine.", by, g.Region)
	}
	if set, err = s.Gateways.Policies(snapshot, e); err != nil {
		return nil, "", awserr.Validation("The policies cannot be evaluated: %s", err)
	}
	return set.WithSchema(schema), by, nil
}

func firstOf[T, U any](first T, _ U) T { return first }

func givenSet(schema *cedar.Schema, given []ReplayPolicy) (*cedar.Set, error) {
	var policies []cedar.Policy
	for _, p := range given {
		for _, f := range schema.Validate(p.Statement) {
			if f.Severity == cedar.Unusable {
				return nil, awserr.Validation("The policy %s cannot be used: %s", p.Name, f)
			}
		}
		policies = append(policies, cedar.Policy{ID: p.Name, Statement: p.Statement})
	}
	set, err := cedar.NewSet(schema, policies...)
	if err != nil {
		return nil, awserr.Validation("The policies cannot be used: %s", err)
	}
	return set, nil
}

// run makes the decisions again, as many as there is time for.
func (r *replayer) run(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, maxReplayTime)
	defer cancel()
	for e, err := range r.service.Decided(limited, r.Since) {
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			r.Cut = fmt.Sprintf("there are more decisions than can be made again in %s: ask for a shorter span", maxReplayTime)
			break
		}
		if err != nil {
			return fmt.Errorf("reading what was decided: %w", err)
		}
		at := time.UnixMicro(e.Time)
		if e.Tool.Gateway == r.gateway.ARN() && at.Before(r.Until) {
			r.again(e.Tool, at)
		}
	}
	slices.SortStableFunc(r.Flips, func(a, b Flip) int { return cmp.Compare(b.Times, a.Times) })
	over := max(0, len(r.Flips)-maxReplayFlips)
	r.Flips, r.Omitted = r.Flips[:len(r.Flips)-over], r.Omitted+over
	return nil
}

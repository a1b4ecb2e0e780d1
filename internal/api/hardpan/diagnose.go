package hardpan

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

// What is wrong with tool gateways, before a client meets it.

const diagnose = "hardpan:DiagnoseGateways"

// DiagnoseGatewaysInput asks about one gateway of the region, or about all.
type DiagnoseGatewaysInput struct{ Gateway *string }

// DiagnoseGatewaysOutput is described by [Diagnosis], which has a JSON form of its own.
type DiagnoseGatewaysOutput struct{}

// Diagnosis is what was found.
type Diagnosis struct {
	Region   string    `json:"region"`
	Gateways int       `json:"gateways"` // that were looked at
	Findings []Finding `json:"findings"`
}

// Finding is one thing that is wrong.
type Finding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`          // error: clients meet it now; warning: they would, or a policy is not what it seems
	Gateway  string `json:"gateway,omitempty"` // id
	Engine   string `json:"engine,omitempty"`  // id
	Target   string `json:"target,omitempty"`  // name
	Policy   string `json:"policy,omitempty"`  // name
	PolicyID string `json:"policyId,omitempty"`
	Action   string `json:"action,omitempty"` // id of the Cedar action
	Line     int    `json:"line,omitempty"`   // in the policy's statement
	Column   int    `json:"column,omitempty"`
	Message  string `json:"message"`
	Next     string `json:"next,omitempty"`     // what to do
	Document string `json:"document,omitempty"` // the policy document to add to the role
}

// The severities of a finding.
const (
	severe = "error"
	mild   = "warning"
)

var _ = op.AddRaw(&table, "DiagnoseGateways", (*Service).diagnose, op.Rule[op.Raw]{
	Action: diagnose, Access: op.Read,
	Schema: rest.Operation("DiagnoseGateways", "GET", "/diagnosis", 200, DiagnoseGatewaysInput{}, DiagnoseGatewaysOutput{},
		rest.Query("gateway", "gateway")),
})

func (s *Service) diagnose(c *op.Call) (*op.Prepared, error) {
	id := c.Query.Get("gateway")
	path := "gateway/*"
	if id != "" {
		path = "gateway/" + id
	}
	return &op.Prepared{
		Checks: []op.Check{{Action: diagnose, Resource: resource(c, path), Region: c.Region}},
		Run: func(ctx context.Context) (*op.Response, error) {
			snapshot, ok := s.DB.Directory().Account(c.Account)
			if !ok {
				return nil, awserr.NotFound("There is no account %s.", c.Account)
			}
			told, err := s.diagnosis(ctx, c, snapshot, id)
			if err != nil {
				return nil, err
			}
			return answer(told)
		},
	}, nil
}

func (s *Service) diagnosis(ctx context.Context, c *op.Call, snapshot *identity.Snapshot, id string) (*Diagnosis, error) {
	d := &doctor{service: s, call: c, snapshot: snapshot, seen: map[string]bool{}}
	d.Region, d.Findings = c.Region, []Finding{}
	for g := range gateway.Gateways(snapshot, c.Region, "") {
		if id == "" || g.ID == id {
			d.Gateways++
			d.gateway(g)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if id != "" && d.Gateways == 0 {
		return nil, awserr.NotFound("There is no gateway %s in %s. hardpan gateway list shows them.", id, c.Region)
	}
	return &d.Diagnosis, nil
}

// doctor looks at gateways and keeps what it finds.
type doctor struct {
	service  *Service
	call     *op.Call
	snapshot *identity.Snapshot
	seen     map[string]bool // engines whose policies were looked at
	Diagnosis
}

func (d *doctor) found(f Finding) { d.Findings = append(d.Findings, f) }

func (d *doctor) gateway(g *gateway.Gateway) {
	if !g.Serves() && !g.Unfinished() {
		d.found(Finding{Rule: "gateway-failed", Severity: severe, Gateway: g.ID, Message: "the gateway is " + g.State + reasons(g.Detail.StatusReasons)})
	}
	d.targets(g)
	engine, mode, attached := gateway.EngineOf(d.snapshot, g)
	if !attached {
		return
	}
	logs := mode == types.GatewayPolicyEngineModeLogOnly
	if engine == nil {
		named, _ := g.Engine()
		d.found(Finding{
			Rule: "engine-gone", Severity: ifLogs(logs, mild, severe), Gateway: g.ID, Engine: last(named),
			Message: "the policy engine that is attached is gone" + ifLogs(logs, ", which LOG_ONLY hides", ", so that every list and call fails"),
			Next:    "attach another one: hardpan gateway attach " + g.ID + " ENGINE",
		})
		return
	}
	d.role(g, engine, logs)
	d.policies(g, engine, logs)
}

func ifLogs(logs bool, yes, no string) string {
	if logs {
		return yes
	}
	return no
}

func reasons(list []string) string {
	text := ""
	for _, reason := range list {
		text += ": " + reason
	}
	return text
}

// targets finds those that are not as they should be.
func (d *doctor) targets(g *gateway.Gateway) {
	failed := []types.TargetStatus{types.TargetStatusFailed, types.TargetStatusUpdateUnsuccessful, types.TargetStatusSynchronizeUnsuccessful}
	for t := range gateway.Targets(d.snapshot, g.ID, "") {
		if slices.Contains(failed, t.Status()) {
			d.found(Finding{
				Rule: "target-failed", Severity: ifLogs(t.Serves(), mild, severe), Gateway: g.ID, Target: t.Name,
				Message: "the target is " + t.State + reasons(t.Detail.StatusReasons),
				Next:    ifLogs(t.Serves(), "it still serves what it had before; ", "") + "mend what it leads to, then update or synchronize it",
			})
		}
	}
}

// role finds a service role that may not ask the engine.
func (d *doctor) role(g *gateway.Gateway, e *gateway.Engine, logs bool) {
	found := gateway.CheckEngine(d.snapshot, g.ARN(), g.Region, aws.ToString(g.Detail.RoleArn), e.ARN(), d.call.Time)
	if found.Ready() {
		return
	}
	f := Finding{Rule: "role-cannot-ask", Severity: severe, Gateway: g.ID, Engine: e.ID, Document: found.Policy}
	f.Message = "every list and call fails, whatever the policies say: "
	if logs {
		f.Rule, f.Message = "log-only-hides-role", "LOG_ONLY hides it, and with ENFORCE every list and call would fail: "
	}
	switch {
	case found.Problem != "":
		f.Message += found.Problem
	default:
		f.Message += "the role " + found.Role + " lacks " + lacking(found)
	}
	f.Next = "hardpan gateway attach " + g.ID + " " + e.ID + ifLogs(logs, " --mode LOG_ONLY", "") + " --grant"
	if len(found.Missing) > 0 && found.Policy == "" {
		f.Next = "a statement denies it to the role: take that away"
	}
	d.found(f)
}

// lacking names the actions, each once; the document to add has the resources. Of
// what adding does not help with, it says the whole.
func lacking(p *gateway.Preflight) string {
	var list []string
	for _, l := range p.Missing {
		text := l.Action
		if p.Policy == "" {
			text = l.Message
		}
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, ", ")
}

package gateway

import (
	"fmt"
	"slices"
	"time"

	"hardpan/arn"
	"hardpan/internal/identity"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// ServicePrincipal is who assumes a gateway's service role.
const ServicePrincipal = "bedrock-agentcore.amazonaws.com"

// The permissions that a service role needs for a policy engine.
// Source: AgentCore developer guide, permissions for policy in gateways.
const (
	GetPolicyEngine           = "bedrock-agentcore:GetPolicyEngine"
	AuthorizeAction           = "bedrock-agentcore:AuthorizeAction"
	PartiallyAuthorizeActions = "bedrock-agentcore:PartiallyAuthorizeActions"
)

// checkSession is the session name under which AWS looks at a role when an
// engine is attached (observed).
const checkSession = "GenesisPolicyEngineCheck"

// Need is something that a service role must be allowed.
type Need struct {
	Action   string `json:"action"`
	Resource string `json:"resource"` // an ARN
}

// Lack is a need that is not met.
type Lack struct {
	Need
	Explicit bool   `json:"explicit"` // a statement denies it: an Allow more changes nothing
	Layer    string `json:"layer"`    // that denied it, or was silent
	Message  string `json:"message"`  // in AWS's words
}

// EngineNeeds is what the role of a gateway needs for an engine: to read the
// engine, and to ask it for the gateway.
func EngineNeeds(engineARN, gatewayARN string) []Need {
	return []Need{
		{AuthorizeAction, engineARN},
		{AuthorizeAction, gatewayARN},
		{PartiallyAuthorizeActions, engineARN},
		{PartiallyAuthorizeActions, gatewayARN},
		{GetPolicyEngine, engineARN},
	}
}

// ListNeeds and CallNeeds are the part of [EngineNeeds] that a list and a call
// ask for.
func ListNeeds(engineARN, gatewayARN string) []Need {
	return []Need{{GetPolicyEngine, engineARN}, {PartiallyAuthorizeActions, engineARN}, {PartiallyAuthorizeActions, gatewayARN}}
}

// CallNeeds: see [ListNeeds].
func CallNeeds(engineARN, gatewayARN string) []Need {
	return []Need{{GetPolicyEngine, engineARN}, {AuthorizeAction, engineARN}, {AuthorizeAction, gatewayARN}}
}

// Role is a gateway's service role, as a snapshot has it.
type Role struct {
	Entity    *identity.Role
	principal *identity.Principal
	keys      *condition.Context
}

// ServiceRole returns the role of an account by its ARN, as the gateway of a
// region uses it. It is an error if the account has no such role, or if a policy
// of it cannot be read. It reads no database and is fit for every request.
func ServiceRole(s *identity.Snapshot, roleARN, region string, now time.Time) (*Role, error) {
	e, _ := s.Find(roleARN)
	role, ok := e.(*identity.Role)
	if !ok {
		return nil, fmt.Errorf("there is no role %s in the gateway's account: make it, or give the gateway another role", roleARN)
	}
	principal, err := s.RolePrincipal(role.ID)
	if err != nil {
		return nil, err
	}
	r := &Role{Entity: role, principal: principal, keys: condition.NewContext(principal.Keys)}
	r.keys.Set("aws:RequestedRegion", "gateway", region)
	r.keys.Set("aws:CurrentTime", "gateway", now.UTC().Format(time.RFC3339))
	r.keys.Set("aws:EpochTime", "gateway", fmt.Sprint(now.Unix()))
	return r, nil
}

// Trusts reports whether the role's trust policy lets AgentCore assume it for a
// gateway.
func Trusts(s *identity.Snapshot, role *identity.Role, gatewayARN string) bool {
	trust, err := s.TrustPolicy(role.ID)
	if err != nil {
		return false
	}
	keys := condition.NewContext(nil)
	keys.Set("aws:SourceAccount", "gateway", role.Account)
	keys.Set("aws:SourceArn", "gateway", gatewayARN)
	service := &eval.Subject{Service: ServicePrincipal, Account: role.Account, PrincipalARN: ServicePrincipal, Identity: eval.NewSet()}
	return service.EvaluateTrust(&eval.Request{
		Action: "sts:AssumeRole", Resource: role.ARN(), Context: keys, ResourceAccount: role.Account, ResourcePolicy: trust,
	}).Allowed
}

// May reports whether the role is allowed something.
func (r *Role) May(n Need) bool {
	request := r.request(n)
	return r.principal.Subject.Evaluate(&request).Allowed
}

// Lacks returns which of the needs are not met, in their order; nil if all are.
func (r *Role) Lacks(needs []Need) []Lack {
	var lacks []Lack
	for _, n := range needs {
		request := r.request(n)
		d := r.principal.Subject.Evaluate(&request)
		if d.Allowed {
			continue
		}
		lacks = append(lacks, Lack{
			Need: n, Explicit: d.Explicit, Layer: d.Layer.String(),
			Message: d.Message(r.Entity.SessionARN(checkSession), &request),
		})
	}
	return lacks
}

func (r *Role) request(n Need) eval.Request {
	owner := r.Entity.Account
	if a, err := arn.Parse(n.Resource); err == nil && a.Account != "" {
		owner = a.Account
	}
	return eval.Request{Action: n.Action, Resource: n.Resource, Context: r.keys, ResourceAccount: owner}
}

// Preflight is what attaching an engine to a gateway would meet.
type Preflight struct {
	Gateway string `json:"gateway"` // ARN
	Engine  string `json:"engine"`  // ARN
	Role    string `json:"role"`    // ARN of the gateway's service role
	Problem string `json:"problem,omitempty"`
	Missing []Lack `json:"missing"`

	// Policy is the document to add to the role; empty if nothing is missing, or
	// nothing that could be added would help.
	Policy string `json:"policy,omitempty"`
}

// Ready reports whether the gateway can ask the engine.
func (p *Preflight) Ready() bool { return p.Problem == "" && len(p.Missing) == 0 }

// CheckEngine is the preflight of an engine at a gateway with a role.
func CheckEngine(s *identity.Snapshot, gatewayARN, region, roleARN, engineARN string, now time.Time) *Preflight {
	p := &Preflight{Gateway: gatewayARN, Engine: engineARN, Role: roleARN, Missing: []Lack{}}
	role, err := ServiceRole(s, roleARN, region, now)
	if err != nil {
		p.Problem = err.Error()
		return p
	}
	if !Trusts(s, role.Entity, gatewayARN) {
		p.Problem = "the trust policy of " + roleARN + " does not let " + ServicePrincipal + " assume it for " + gatewayARN
	}
	if lacks := role.Lacks(EngineNeeds(engineARN, gatewayARN)); lacks != nil {
		p.Missing = lacks
	}
	if !slices.ContainsFunc(p.Missing, func(l Lack) bool { return l.Explicit }) {
		p.Policy = Grant(p.Missing)
	}
	return p
}

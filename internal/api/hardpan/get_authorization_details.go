package hardpan

import (
	"encoding/json"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
	"hardpan/policy/eval"
)

// GetAuthorizationDetails tells how a denial was decided, without advice: the
// request's context, each evaluation with the statements that matched, and the
// caller's policies as they stood then. Who may read what is as with
// GetDecision, whose permission it needs.

// GetAuthorizationDetailsInput names a decision by the id of a denial.
type GetAuthorizationDetailsInput struct{ AuthorizationID *string }

// GetAuthorizationDetailsOutput is described by [AuthorizationDetails].
type GetAuthorizationDetailsOutput struct{}

// AuthorizationDetails is one denial.
type AuthorizationDetails struct {
	AuthorizationID string          `json:"authorizationId"`
	RequestTime     string          `json:"requestTime"` // RFC 3339, UTC
	RequestID       string          `json:"requestId"`
	Principal       string          `json:"principal"` // ARN
	AccountID       string          `json:"accountId"`
	Service         string          `json:"service"`
	Operation       string          `json:"operation"`
	Region          string          `json:"region,omitempty"`
	Message         string          `json:"message"`
	Evaluations     []Evaluation    `json:"evaluations"`
	Policies        []MatchedPolicy `json:"policies"`           // of the caller, as they stood then
	Withheld        string          `json:"withheld,omitempty"` // what the reader may not see
	Omitted         string          `json:"omitted,omitempty"`  // what the record had no room for
}

// Evaluation is one action on one resource.
type Evaluation struct {
	Action            string                  `json:"action"`
	Resource          string                  `json:"resource"`
	Decision          string                  `json:"decision"`             // allowed, explicitDeny or implicitDeny
	PolicyType        string                  `json:"policyType,omitempty"` // the layer that decided
	RequestContext    map[string]ContextValue `json:"requestContext"`
	MatchedStatements []MatchedStatement      `json:"matchedStatements"`
}

// ContextValue is a condition key's.
type ContextValue struct {
	Values []string `json:"values"`
	Origin string   `json:"origin"` // principal, session, request, resource, network or call
}

// MatchedStatement is one that fitted the request.
type MatchedStatement struct {
	PolicyARN  string `json:"policyArn,omitempty"`
	PolicyName string `json:"policyName,omitempty"`
	AttachedTo string `json:"attachedTo,omitempty"`
	PolicyType string `json:"policyType"`
	Statement  int    `json:"statement"` // in the policy, from 0
	Sid        string `json:"sid,omitempty"`
	Effect     string `json:"effect"`
}

// MatchedPolicy is a policy's document.
type MatchedPolicy struct {
	PolicyARN  string          `json:"policyArn,omitempty"`
	PolicyName string          `json:"policyName,omitempty"`
	AttachedTo string          `json:"attachedTo"`
	Document   json.RawMessage `json:"document"`
}

var _ = op.AddRaw(&table, "GetAuthorizationDetails", func(s *Service, c *op.Call) (*op.Prepared, error) {
	return s.byID(c, c.Labels["authorizationID"], authorizationDetails), nil
}, op.Rule[op.Raw]{
	Action: getDecision, Access: op.Read,
	Schema: rest.Operation("GetAuthorizationDetails", "GET", "/authorization-details/{authorizationID}", 200,
		GetAuthorizationDetailsInput{}, GetAuthorizationDetailsOutput{}),
})

func authorizationDetails(_ *op.Call, d *audit.Decision, full bool) any {
	readable := &Explained{Decision: d}
	if !full {
		withhold(readable)
		d = readable.Decision
	}
	out := &AuthorizationDetails{
		AuthorizationID: d.ID, RequestTime: time.UnixMicro(d.Time).UTC().Format(time.RFC3339Nano), RequestID: d.Call.ID,
		Principal: d.Caller.ARN, AccountID: d.Account, Service: d.Call.Service, Operation: d.Call.Operation, Region: d.Call.Region,
		Message: d.Message, Evaluations: []Evaluation{}, Policies: []MatchedPolicy{}, Withheld: readable.Withheld, Omitted: d.Trimmed,
	}
	for i := range d.Checks {
		out.Evaluations = append(out.Evaluations, evaluation(&d.Checks[i]))
	}
	for _, p := range d.Policies {
		out.Policies = append(out.Policies, MatchedPolicy{PolicyARN: p.ARN, PolicyName: p.Name, AttachedTo: p.Owner, Document: p.Document})
	}
	return out
}

func evaluation(check *audit.CheckTrace) Evaluation {
	e := Evaluation{
		Action: check.Action, Resource: check.Resource, Decision: "implicitDeny",
		RequestContext: map[string]ContextValue{}, MatchedStatements: []MatchedStatement{},
	}
	for _, k := range check.Keys {
		e.RequestContext[k.Name] = ContextValue{Values: k.Values, Origin: k.Origin}
	}
	trace := storedTrace(check)
	switch {
	case check.Allowed:
		e.Decision = "allowed"
	case trace != nil && trace.Verdict.Explicit:
		e.Decision = "explicitDeny"
	}
	if trace == nil {
		return e
	}
	if trace.Verdict.Layer != eval.LayerNone {
		e.PolicyType = trace.Verdict.Layer.String()
	}
	for _, l := range trace.Layers {
		for _, p := range l.Policies {
			for _, s := range p.Statements {
				if s.Matched {
					e.MatchedStatements = append(e.MatchedStatements, MatchedStatement{
						PolicyARN: p.Source.ARN, PolicyName: p.Source.Name, AttachedTo: p.Source.Owner, PolicyType: l.Layer.String(),
						Statement: s.Index, Sid: s.Sid, Effect: s.Effect,
					})
				}
			}
		}
	}
	return e
}

// Package simulation answers what would become of a call without making it:
// may this principal call that model there, why, and what would change it.
//
// It puts together what a call must be allowed (internal/invocation, the
// catalog), what policies say (policy/eval) and why (internal/explain). It reads
// no files and no store, and knows no clock: who asks brings the principal.
package simulation

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"hardpan/arn"
	"hardpan/internal/explain"
	"hardpan/internal/invocation"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// Question is a call that nobody makes.
type Question struct {
	// Action is an IAM action ("bedrock:InvokeModel", "iam:CreateUser"), or an
	// operation of Bedrock as people write it ("converse", "InvokeModel").
	Action string `json:"action"`

	// Resource is a model's or profile's identifier for a model call, else an
	// ARN or "*"; empty for an action that has no resource type.
	Resource string `json:"resource,omitempty"`

	Region string `json:"region,omitempty"` // where the call goes; a resource's ARN may say so too
	Via    string `json:"via,omitempty"`    // the profile that the model is called through: id or ARN
	Bearer string `json:"bearer,omitempty"` // SHORT_TERM or LONG_TERM: with a Bedrock API key

	Context []Key `json:"context,omitempty"` // condition keys of the request
}

// Key is one condition key of a question.
type Key struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
	Multi  bool     `json:"multi,omitempty"` // multivalued, also with one value
}

// Principal is whose call it would be.
type Principal struct {
	Subject *eval.Subject
	Keys    *condition.Context // that it brings to each request
}

// Answer is what would become of the call.
type Answer struct {
	Allowed   bool    `json:"allowed"`
	Principal string  `json:"principal"` // ARN
	Region    string  `json:"region,omitempty"`
	Checks    []Check `json:"checks"` // all that has to be allowed

	// Message is AWS's text for the refusal: of the first check that fails, or of
	// a call that policy allows and Bedrock refuses.
	Message     string               `json:"message,omitempty"`
	Explanation *explain.Explanation `json:"explanation,omitempty"` // of a denial
	Refused     bool                 `json:"refused,omitempty"`     // policy allows the call, Bedrock does not serve it
	Instead     []string             `json:"instead,omitempty"`     // what to call instead of what is refused
}

// Check is one of them.
type Check struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Region   string `json:"region,omitempty"`
	Allowed  bool   `json:"allowed"`
	By       string `json:"by,omitempty"` // the statement that decided
}

// QuestionError is a question that has no answer.
type QuestionError struct{ Message string }

// Error implements error.
func (m *QuestionError) Error() string { return m.Message }

// Ask answers q for p. ownOnly is for a reader who may see the principal's own
// policies only. The error is a [*QuestionError].
func Ask(p Principal, q Question, ownOnly bool) (*Answer, error) {
	call, err := plan(p, &q)
	if err != nil {
		return nil, err
	}
	answer := &Answer{Allowed: true, Principal: cmp.Or(p.Subject.SessionARN, p.Subject.PrincipalARN), Region: q.Region}
	failed := -1
	for i := range call.requests {
		d := p.Subject.Evaluate(&call.requests[i])
		check := Check{Action: call.requests[i].Action, Resource: call.requests[i].Resource, Region: call.regions[i], Allowed: d.Allowed}
		if !ownOnly || d.Layer == eval.LayerIdentity {
			check.By = explain.Decided(p.Subject, d)
		}
		answer.Checks = append(answer.Checks, check)
		if !d.Allowed && failed < 0 {
			failed = i
			answer.Allowed, answer.Message = false, d.Message(answer.Principal, &call.requests[i])
		}
	}
	switch {
	case failed >= 0:
		answer.Explanation = explain.Explain(explain.Input{
			Trace: p.Subject.Trace(&call.requests[failed]), Subject: p.Subject, Requests: call.requests, OwnOnly: ownOnly,
			Universe:     Universe(call.at, call.requests[failed].Context, call.requests...),
			Alternatives: call.alternatives(),
		})
	case call.target != nil:
		answer.serve(p.Subject, call)
	}
	return answer, nil
}

// serve says what Bedrock itself refuses after authorization.
func (a *Answer) serve(s *eval.Subject, call *call) {
	if refusal, ok := errors.AsType[*invocation.RefusalError](call.target.OnDemand()); ok {
		a.Allowed, a.Refused, a.Message = false, true, refusal.Message
		for _, other := range call.alternatives() {
			if allAllowed(s, other.Requests) {
				a.Instead = append(a.Instead, other.Title)
			}
		}
	}
}

func allAllowed(s *eval.Subject, requests []eval.Request) bool {
	return !slices.ContainsFunc(requests, func(r eval.Request) bool { return !s.Evaluate(&r).Allowed })
}

// call is a question taken apart.
type call struct {
	at       invocation.Place
	action   string
	keys     *condition.Context // of every check
	target   *invocation.Target // nil: not a model call
	requests []eval.Request
	regions  []string           // of each request
	tags     *condition.Context // of the resource, if the question names any
}

// plan lists what the call must be allowed.
func plan(p Principal, q *Question) (*call, error) {
	action, err := actionOf(q.Action)
	if err != nil {
		return nil, err
	}
	named := namedARN(q)
	q.Region = cmp.Or(q.Region, named.Region)
	c := &call{action: action, at: invocation.Place{Partition: partition(p.Subject), Region: q.Region, Account: p.Subject.Account}}
	c.keys, c.tags = contexts(p.Keys, q)
	if q.Bearer != "" {
		c.bearer(q.Bearer)
	}
	if isModelCall(action) && !isPattern(q.Resource) {
		return c, c.model(q)
	}
	resource, err := resourceOf(action, q, c.at)
	if err != nil {
		return nil, err
	}
	keys := c.keys
	if c.tags != nil {
		keys = c.tags
	}
	c.add(eval.Request{Action: action, Resource: resource, Context: keys, NoResourceInMessage: unnamed[action]}, q.Region)
	return c, nil
}

func (c *call) add(r eval.Request, region string) {
	r.ResourceAccount = c.at.Account
	c.requests, c.regions = append(c.requests, r), append(c.regions, region)
}

func (c *call) bearer(kind string) {
	keys := condition.NewContext(c.keys)
	keys.Set(invocation.BearerTokenTypeKey, "key", kind)
	b := invocation.Bearer(c.at)
	c.add(eval.Request{Action: b.Action, Resource: b.Resource, Context: keys}, b.Region)
}

// model adds the checks of a model call.
func (c *call) model(q *Question) (err error) {
	switch {
	case q.Resource == "":
		return &QuestionError{"which model? Name a model or an inference profile after the action"}
	case q.Region == "":
		return &QuestionError{"in which region? A model call goes to one: --region us-west-2"}
	}
	if c.target, err = target(c.at, q); err != nil {
		return err
	}
	for _, check := range c.target.Checks(c.action) {
		c.add(c.request(check), check.Region)
	}
	return nil
}

// request is one check of a model call as policies see it. Tags are those of an
// application inference profile: models and system profiles have none.
func (c *call) request(check invocation.Check) eval.Request {
	keys := c.keys
	if c.tags != nil && strings.Contains(check.Resource, ":application-inference-profile/") {
		keys = c.tags
	}
	if check.Profile != "" || check.Region != c.at.Region {
		keys = condition.NewContext(keys)
		keys.Set(invocation.RegionKey, "call", check.Region)
	}
	if check.Profile != "" {
		keys.Set(invocation.ProfileKey, "call", check.Profile)
	}
	return eval.Request{Action: check.Action, Resource: check.Resource, Context: keys, ResourceAccount: c.at.Account}
}

func partition(s *eval.Subject) string {
	a, err := arn.Parse(s.PrincipalARN)
	if err != nil {
		return "aws"
	}
	return a.Partition
}

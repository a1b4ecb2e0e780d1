package hardpan

import (
	"context"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

// Who may read a decision: the caller it was about, without a permission, but
// not what stands in SCPs and boundaries; anyone in the account with
// hardpan:GetDecision, all of it. Another account's does not exist.

const getDecision = "hardpan:GetDecision"

// GetDecisionInput names a decision by the id of a denial.
type GetDecisionInput struct{ DecisionID *string }

// LastDecisionInput asks for the latest denial of a principal; empty: the
// caller's own.
type LastDecisionInput struct{ Principal *string }

// DecisionOutput is described by [Explained], which has a JSON form of its own.
type DecisionOutput struct{}

var (
	_ = op.AddRaw(&table, "GetDecision", func(s *Service, c *op.Call) (*op.Prepared, error) {
		return s.byID(c, c.Labels["decisionID"], explained(s)), nil
	}, op.Rule[op.Raw]{
		Action: getDecision, Access: op.Read,
		Schema: rest.Operation("GetDecision", "GET", "/decisions/{decisionID}", 200, GetDecisionInput{}, DecisionOutput{}),
	})
	_ = op.AddRaw(&table, "GetLastDecision", func(s *Service, c *op.Call) (*op.Prepared, error) {
		principal := c.Query.Get("principal")
		if principal == "" {
			principal = c.Caller.ARN
			if c.May(op.Check{Action: getDecision, Resource: resource(c, "decision/*"), Region: c.Region}) {
				principal = "" // whoever may read all means the latest of all
			}
		}
		d, _ := s.Decisions.Last(c.Account, principal)
		mine := principal == c.Caller.ARN
		if mine && !own(c, d) {
			d = nil // of a user before who had the caller's name
		}
		return s.prepare(c, d, "decision/*", mine || own(c, d), explained(s), awserr.NotFound("No call of %s has been denied lately.", whom(principal))), nil
	}, op.Rule[op.Raw]{
		Action: getDecision, Access: op.Read,
		Schema: rest.Operation("GetLastDecision", "GET", "/last-decision", 200, LastDecisionInput{}, DecisionOutput{},
			rest.Query("principal", "principal")),
	})
)

// shown is the form in which a decision is answered; full is whether the reader
// may see more than their own policies.
type shown func(c *op.Call, d *audit.Decision, full bool) any

func explained(s *Service) shown {
	return func(c *op.Call, d *audit.Decision, full bool) any { return s.explain(c, d, full) }
}

// byID prepares the reading of the decision with an id.
func (s *Service) byID(c *op.Call, id string, show shown) *op.Prepared {
	d, ok := s.Decisions.Get(id)
	if ok && d.Account != c.Account {
		d = nil
	}
	return s.prepare(c, d, "decision/"+id, own(c, d), show, awserr.NotFound("There is no decision %s. Only denials are kept, "+
		"the latest of each principal, for a limited time; the journal has them all.", id))
}

// prepare lets the caller see their own decision, and others with permission.
// A decision that is not there is checked all the same, so that who may not
// read decisions does not learn which exist.
func (s *Service) prepare(c *op.Call, d *audit.Decision, path string, own bool, show shown, missing *awserr.Error) *op.Prepared {
	check := op.Check{Action: getDecision, Resource: resource(c, path), Region: c.Region}
	prepared := &op.Prepared{Run: func(context.Context) (*op.Response, error) {
		if d == nil {
			return nil, missing
		}
		return answer(show(c, d, !own || c.May(check)))
	}}
	if own {
		prepared.Exempt = "everyone may read their own denials"
	} else {
		prepared.Checks = []op.Check{check}
	}
	return prepared
}

func own(c *op.Call, d *audit.Decision) bool { return d.Of(c.Caller.ARN, c.Caller.UserID) }

func whom(principal string) string {
	if principal == "" {
		return "this account"
	}
	return principal
}

package hardpan

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/simulation"
	"hardpan/internal/wire/rest"
)

// Simulate answers what would become of a call that nobody makes. Everyone may
// ask about themselves, and sees of policies that are not their own only that
// they decided; about others, and with all policies shown, one asks with
// hardpan:Simulate on the principal.

const simulate = "hardpan:Simulate"

// SimulateInput is described by [Simulated], which has a JSON form of its own.
type SimulateInput struct{}

// SimulateOutput is a [simulation.Answer].
type SimulateOutput struct{}

// Simulated is whose call, and which.
type Simulated struct {
	// Principal is the ARN of a user, a role, a role session or the root user;
	// empty: the caller as they are.
	Principal string `json:"principal"`
	simulation.Question
}

// maxSimulation bounds a question, in bytes.
const maxSimulation = 256 << 10

var _ = op.AddRaw(&table, "Simulate", (*Service).simulation, op.Rule[op.Raw]{
	Action: simulate, Access: op.Read,
	Schema: rest.Operation("Simulate", "POST", "/simulations", 200, SimulateInput{}, SimulateOutput{}),
})

func (s *Service) simulation(c *op.Call) (*op.Prepared, error) {
	asked, err := readSimulation(c.Body)
	if err != nil {
		return nil, err
	}
	mine := asked.Principal == "" || asked.Principal == c.Caller.ARN
	if mine {
		asked.Principal = c.Caller.ARN
	}
	check := op.Check{Action: simulate, Resource: asked.Principal, Region: c.Region}
	prepared := &op.Prepared{Run: func(context.Context) (*op.Response, error) {
		p := c.Caller.Principal
		if !mine {
			if p, err = s.principal(c, asked.Principal); err != nil {
				return nil, err
			}
		}
		asked.Context = append(simulation.At(c.Time), asked.Context...)
		told, err := simulation.Ask(simulation.Principal{Subject: p.Subject, Keys: p.Keys}, asked.Question, mine && !c.May(check))
		if err != nil {
			return nil, awserr.Validation("%s.", upperFirst(err.Error()))
		}
		return answer(told)
	}}
	if mine {
		prepared.Exempt = "everyone may ask what they themselves may do"
	} else {
		prepared.Checks = []op.Check{check}
	}
	return prepared, nil
}

func upperFirst(text string) string {
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".")
}

func readSimulation(body []byte) (*Simulated, error) {
	if len(body) > maxSimulation {
		return nil, awserr.Validation("The question has more than %d bytes.", maxSimulation)
	}
	asked := new(Simulated)
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(asked); err != nil {
		return nil, awserr.Validation("The question is no JSON of this operation: %s", err)
	}
	return asked, nil
}

// principal compiles a principal of the caller's account. A role session that
// is named is taken to have no session policy and no session tags.
func (s *Service) principal(c *op.Call, name string) (*identity.Principal, error) {
	snapshot, ok := s.DB.Directory().Account(c.Account)
	if !ok {
		return nil, noPrincipal(name)
	}
	if snapshot.Account().RootARN() == name {
		return snapshot.RootPrincipal()
	}
	if a, err := arn.Parse(name); err == nil && a.Service == "sts" {
		if part := strings.Split(a.Resource, "/"); len(part) == 3 && part[0] == "assumed-role" && a.Account == c.Account {
			if role, ok := snapshot.Role(part[1]); ok {
				return snapshot.SessionPrincipal(&identity.Session{Account: c.Account, PrincipalID: role.ID, Name: part[2], Issued: c.Time})
			}
		}
		return nil, noPrincipal(name)
	}
	found, ok := snapshot.Find(name)
	if !ok {
		return nil, noPrincipal(name)
	}
	switch e := found.(type) {
	case *identity.User:
		return snapshot.UserPrincipal(e.ID)
	case *identity.Role:
		return snapshot.RolePrincipal(e.ID)
	}
	return nil, noPrincipal(name)
}

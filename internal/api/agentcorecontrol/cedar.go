package agentcorecontrol

import (
	"errors"

	"hardpan/internal/awserr"
	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/mcp"
)

// maxStatements is how many bytes of policies one gateway may have in an engine.
// Source: AgentCore developer guide, policy limitations.
const maxStatements = 200 << 10

// findings says why a proposed policy is not taken, or "".
func findings(now *identity.Snapshot, p *gateway.Policy) string {
	e, ok := gateway.FindEngine(now, p.Region, p.EngineID())
	if !ok {
		return "The policy engine " + p.EngineID() + " is gone."
	}
	if total := statementBytes(now, p); total > maxStatements {
		return "The policies of the engine for this gateway would have more than 200 KB."
	}
	schema, err := cedarSchema(now, e, p.Next.Statement)
	if err != nil {
		return "The schema of the gateways that the policy is about cannot be made: " + err.Error()
	}
	mode := cedar.FailOnAnyFindings
	if p.Next.Lenient {
		mode = cedar.IgnoreAllFindings
	}
	text, _ := cedar.Rejected(schema.Validate(p.Next.Statement), mode)
	return text
}

// statementBytes is the size of all statements of an engine with the same scope
// as a proposal, the proposal included.
func statementBytes(now *identity.Snapshot, p *gateway.Policy) int {
	total, within := len(p.Next.Statement), scope(p.Next.Statement)
	for other := range gateway.Policies(now, p.EngineID(), "") {
		if text, _ := other.Statement(); other.ID != p.ID && other.InForce() && scope(text) == within {
			total += len(text)
		}
	}
	return total
}

// cedarSchema is the schema that a statement is held against: of the gateways
// that the engine is attached to and the one that the statement names. Policies
// are often written before the engine is attached: without any of them it is
// the schema of all gateways in the region.
func cedarSchema(now *identity.Snapshot, e *gateway.Engine, statement string) (*cedar.Schema, error) {
	named := scope(statement)
	var about, all []*gateway.Gateway
	for g := range gateway.Gateways(now, e.Region, "") {
		if engineARN, _ := g.Engine(); engineARN == e.ARN() || g.ARN() == named {
			about = append(about, g)
		}
		all = append(all, g)
	}
	if about == nil && named == "" {
		about = all
	}
	return cedar.NewSchema(mcp.Described(now, about)...)
}

// awsMessage is the message of an error that is AWS's, without its code.
func awsMessage(err error) string {
	var e *awserr.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

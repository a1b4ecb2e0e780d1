package gateway

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/identity"
)

// Policy is one Cedar policy of an engine. It is within its engine.
type Policy struct {
	Meta
	Detail control.GetPolicyOutput // as AWS shows it; what Meta says is not set here

	// Next is what an update would put in place of Detail's definition and modes,
	// until it has been validated; nil: nothing.
	Next *Proposal
}

// Proposal is a policy's text before it has been validated.
type Proposal struct {
	Statement string `json:"statement"`
	Dogwood   bool   `json:"dogwood,omitempty"` // given as "policy", not as "cedar"

	// Lenient takes the statement whatever the schema says of it: validation
	// mode IGNORE_ALL_FINDINGS.
	Lenient bool `json:"lenient,omitempty"`

	// Refused says why the author may not have this policy, as found when it was
	// proposed; empty if nothing spoke against it.
	Refused string `json:"refused,omitempty"`
}

// Ref implements [identity.Entity].
func (p *Policy) Ref() identity.Ref { return p.ref(KindPolicy) }

// EngineID is the id of the engine that the policy belongs to.
func (p *Policy) EngineID() string { return p.Within }

// ARN is arn:PARTITION:bedrock-agentcore:REGION:ACCOUNT:policy-engine/ENGINE/policy/ID.
func (p *Policy) ARN() string { return p.arn("policy-engine/" + p.Within + "/policy/" + p.ID) }

// Status is the policy's state.
func (p *Policy) Status() types.PolicyStatus { return types.PolicyStatus(p.State) }

// Unfinished implements [identity.Resource].
func (p *Policy) Unfinished() bool {
	switch p.Status() {
	case types.PolicyStatusCreating, types.PolicyStatusUpdating, types.PolicyStatusDeleting:
		return true
	}
	return false
}

// InForce reports whether the policy takes part in decisions: it was validated
// once. An update that failed leaves what was there before in force.
func (p *Policy) InForce() bool {
	switch p.Status() {
	case types.PolicyStatusActive, types.PolicyStatusUpdating, types.PolicyStatusUpdateFailed, types.PolicyStatusDeleteFailed:
		return true
	}
	return false
}

// LogOnly reports whether the policy's own mode keeps it out of verdicts.
func (p *Policy) LogOnly() bool { return p.Detail.EnforcementMode == types.EnforcementModeLogOnly }

// Statement returns the policy's text, and whether it was given as Dogwood.
func (p *Policy) Statement() (text string, dogwood bool) {
	switch d := p.Detail.Definition.(type) {
	case *types.PolicyDefinitionMemberCedar:
		return aws.ToString(d.Value.Statement), false
	case *types.PolicyDefinitionMemberPolicy:
		return aws.ToString(d.Value.Statement), true
	}
	return "", false
}

// Definition returns the proposal as AWS's union.
func (n *Proposal) Definition() types.PolicyDefinition {
	if n.Dogwood {
		return &types.PolicyDefinitionMemberPolicy{Value: types.PolicyStatement{Statement: &n.Statement}}
	}
	return &types.PolicyDefinitionMemberCedar{Value: types.CedarPolicy{Statement: &n.Statement}}
}

// Content is what is stored of the policy beside its Meta.
func (p *Policy) Content() (string, error) {
	return encode(schemas.GetPolicyResponse, &p.Detail, own{Next: p.Next})
}

func (p *Policy) setContent(text string) error {
	var o own
	err := decode(schemas.GetPolicyResponse, text, &p.Detail, &o)
	p.Next = o.Next
	return err
}

// Canonical implements [identity.Entity].
func (p *Policy) Canonical() identity.Entity {
	c := *p
	c.Meta = p.canonical()
	return &c
}

package gateway

import (
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/identity"
)

// Engine is a policy engine. It is within its region.
type Engine struct {
	Meta
	Detail control.GetPolicyEngineOutput // as AWS shows it; what Meta says is not set here
}

// NewEngineID makes the id of an engine or a policy: its name and ten random
// characters.
func NewEngineID(name string) string { return name + "-" + suffix() }

// Ref implements [identity.Entity].
func (e *Engine) Ref() identity.Ref { return e.ref(KindEngine) }

// ARN is arn:PARTITION:bedrock-agentcore:REGION:ACCOUNT:policy-engine/ID.
func (e *Engine) ARN() string { return e.arn("policy-engine/" + e.ID) }

// Status is the engine's state.
func (e *Engine) Status() types.PolicyEngineStatus { return types.PolicyEngineStatus(e.State) }

// Unfinished implements [identity.Resource].
func (e *Engine) Unfinished() bool {
	switch e.Status() {
	case types.PolicyEngineStatusCreating, types.PolicyEngineStatusUpdating, types.PolicyEngineStatusDeleting:
		return true
	}
	return false
}

// Content is what is stored of the engine beside its Meta.
func (e *Engine) Content() (string, error) {
	return encode(schemas.GetPolicyEngineResponse, &e.Detail, nil)
}

func (e *Engine) setContent(text string) error {
	return decode(schemas.GetPolicyEngineResponse, text, &e.Detail, nil)
}

// Canonical implements [identity.Entity].
func (e *Engine) Canonical() identity.Entity {
	c := *e
	c.Meta = e.canonical()
	return &c
}

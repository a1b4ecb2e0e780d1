package gateway

import (
	"strings"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/identity"
)

// Target is what a gateway makes tools of. It is within its gateway.
type Target struct {
	Meta
	Detail control.GetGatewayTargetOutput // as AWS shows it; what Meta says is not set here

	// What it serves, as known when it was last finished or synchronised.
	Tools     []Tool
	Prompts   []Prompt
	Resources bool // it serves resources, too
}

// NewTargetID makes the id of a target: ten characters, upper case and digits.
func NewTargetID() string { return strings.ToUpper(suffix()) }

// Ref implements [identity.Entity].
func (t *Target) Ref() identity.Ref { return t.ref(KindTarget) }

// GatewayID is the id of the gateway that the target belongs to.
func (t *Target) GatewayID() string { return t.Within }

// GatewayARN is the ARN of the gateway that the target belongs to.
func (t *Target) GatewayARN() string { return t.arn("gateway/" + t.Within) }

// Status is the target's state.
func (t *Target) Status() types.TargetStatus { return types.TargetStatus(t.State) }

// Unfinished implements [identity.Resource].
func (t *Target) Unfinished() bool {
	switch t.Status() {
	case types.TargetStatusCreating, types.TargetStatusUpdating, types.TargetStatusSynchronizing, types.TargetStatusDeleting:
		return true
	}
	return false
}

// Serves reports whether the target's tools can be seen and called: it was
// ready once, and is not being deleted.
func (t *Target) Serves() bool {
	switch t.Status() {
	case types.TargetStatusReady, types.TargetStatusUpdating, types.TargetStatusUpdateUnsuccessful,
		types.TargetStatusSynchronizing, types.TargetStatusSynchronizeUnsuccessful:
		return true
	}
	return false
}

// MCP returns the target's configuration as one of MCP's forms; nil if it has another.
func (t *Target) MCP() types.McpTargetConfiguration {
	if mcp, ok := t.Detail.TargetConfiguration.(*types.TargetConfigurationMemberMcp); ok {
		return mcp.Value
	}
	return nil
}

// Passthrough returns where plain HTTP goes; nil if the target has another form.
func (t *Target) Passthrough() *types.PassthroughTargetConfiguration {
	http, ok := t.Detail.TargetConfiguration.(*types.TargetConfigurationMemberHttp)
	if !ok {
		return nil
	}
	if p, ok := http.Value.(*types.HttpTargetConfigurationMemberPassthrough); ok {
		return &p.Value
	}
	return nil
}

// Content is what is stored of the target beside its Meta.
func (t *Target) Content() (string, error) {
	return encode(schemas.GetGatewayTargetResponse, &t.Detail, own{Tools: t.Tools, Prompts: t.Prompts, Resources: t.Resources})
}

func (t *Target) setContent(text string) error {
	var o own
	err := decode(schemas.GetGatewayTargetResponse, text, &t.Detail, &o)
	t.Tools, t.Prompts, t.Resources = o.Tools, o.Prompts, o.Resources
	return err
}

// Canonical implements [identity.Entity].
func (t *Target) Canonical() identity.Entity {
	c := *t
	c.Meta = t.canonical()
	return &c
}

package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
)

func (w *world) control(k key) *control.Client {
	return control.NewFromConfig(aws.Config{
		Region: "us-west-2", Credentials: k, HTTPClient: w.client, BaseEndpoint: &w.url, RetryMaxAttempts: 1,
	})
}

const gatewayTrust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},
	"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}}`

// gatewayRole makes a role that gateways can be given; it may do nothing.
func (w *world) gatewayRole(name string) string {
	w.t.Helper()
	out, err := w.iam(w.root).CreateRole(w.t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(gatewayTrust)})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.Role.Arn
}

// until asks until the answer is the wanted one. Settling takes milliseconds; the
// bound is for slow machines.
func until[T comparable](t *testing.T, want T, ask func(context.Context) (T, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		got, err := ask(ctx)
		if err == nil && got == want {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("it is %v (%v), want %v", got, err, want)
		case <-tick.C:
		}
	}
}

// ok takes what a call returned: ok(call(…))(t).
func ok[T any](out T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// failsWith checks an error's code, and that its message contains each fragment.
func failsWith(t *testing.T, err error, code string, fragments ...string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	for _, f := range fragments {
		if !strings.Contains(e.ErrorMessage(), f) {
			t.Errorf("the message %q does not contain %q", e.ErrorMessage(), f)
		}
	}
}

func (w *world) readyGateway(c *control.Client, in *control.CreateGatewayInput) *control.CreateGatewayOutput {
	w.t.Helper()
	out := ok(c.CreateGateway(w.t.Context(), in))(w.t)
	if out.Status != types.GatewayStatusCreating {
		w.t.Errorf("a new gateway is %s", out.Status)
	}
	w.gatewayIs(c, *out.GatewayId, types.GatewayStatusReady)
	return out
}

func (w *world) gatewayIs(c *control.Client, id string, want types.GatewayStatus) {
	w.t.Helper()
	until(w.t, want, func(ctx context.Context) (types.GatewayStatus, error) {
		out, err := c.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id})
		if err != nil {
			return "", err
		}
		return out.Status, nil
	})
}

// lambdaTarget is a target with one tool.
func lambdaTarget(name, tool string) *control.CreateGatewayTargetInput {
	number := types.SchemaDefinition{Type: types.SchemaTypeInteger}
	return &control.CreateGatewayTargetInput{Name: &name, TargetConfiguration: &types.TargetConfigurationMemberMcp{
		Value: &types.McpTargetConfigurationMemberLambda{Value: types.McpLambdaTargetConfiguration{
			LambdaArn: aws.String("arn:aws:lambda:us-west-2:123456789012:function:refunds"),
			ToolSchema: &types.ToolSchemaMemberInlinePayload{Value: []types.ToolDefinition{{
				Name: &tool, Description: aws.String("gives money back"),
				InputSchema: &types.SchemaDefinition{Type: types.SchemaTypeObject, Properties: map[string]types.SchemaDefinition{"amount": number}, Required: []string{"amount"}},
			}}},
		}},
	}}
}

func (w *world) readyTarget(c *control.Client, gateway string, in *control.CreateGatewayTargetInput) string {
	w.t.Helper()
	in.GatewayIdentifier = &gateway
	out, err := c.CreateGatewayTarget(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	until(w.t, types.TargetStatusReady, func(ctx context.Context) (types.TargetStatus, error) {
		out, err := c.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: &gateway, TargetId: out.TargetId})
		if err != nil {
			return "", err
		}
		return out.Status, nil
	})
	return *out.TargetId
}

func (w *world) readyEngine(c *control.Client, name string) (id, engineARN string) {
	w.t.Helper()
	out, err := c.CreatePolicyEngine(w.t.Context(), &control.CreatePolicyEngineInput{Name: &name})
	if err != nil {
		w.t.Fatal(err)
	}
	until(w.t, types.PolicyEngineStatusActive, func(ctx context.Context) (types.PolicyEngineStatus, error) {
		out, err := c.GetPolicyEngine(ctx, &control.GetPolicyEngineInput{PolicyEngineId: out.PolicyEngineId})
		if err != nil {
			return "", err
		}
		return out.Status, nil
	})
	return *out.PolicyEngineId, *out.PolicyEngineArn
}

// settledPolicy makes a policy and returns what became of it.
func (w *world) settledPolicy(c *control.Client, in *control.CreatePolicyInput) *control.GetPolicyOutput {
	w.t.Helper()
	made, err := c.CreatePolicy(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	if made.Status != types.PolicyStatusCreating || len(made.StatusReasons) > 0 {
		w.t.Errorf("a new policy is %s %v", made.Status, made.StatusReasons)
	}
	var settled *control.GetPolicyOutput
	until(w.t, true, func(ctx context.Context) (bool, error) {
		var err error
		settled, err = c.GetPolicy(ctx, &control.GetPolicyInput{PolicyEngineId: in.PolicyEngineId, PolicyId: made.PolicyId})
		return err == nil && settled.Status != types.PolicyStatusCreating, err
	})
	return settled
}

func cedarText(text string) types.PolicyDefinition {
	return &types.PolicyDefinitionMemberCedar{Value: types.CedarPolicy{Statement: &text}}
}

package main

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

const gatewayTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// makeGateway is for scripts.
func (c *client) makeGateway(ctx context.Context, name string) error {
	role, err := c.iam().CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(name + "-role"), AssumeRolePolicyDocument: aws.String(gatewayTrust)})
	if err != nil {
		return err
	}
	made, err := c.control().CreateGateway(ctx, &control.CreateGatewayInput{
		Name: &name, RoleArn: role.Role.Arn, AuthorizerType: types.AuthorizerTypeNone, ProtocolType: types.GatewayProtocolTypeMcp,
	})
	if err != nil {
		return err
	}
	return until(ctx, func() (bool, error) {
		got, err := c.control().GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: made.GatewayId})
		return err == nil && got.Status == types.GatewayStatusReady, err
	})
}

// makeEngine is for scripts.
func (c *client) makeEngine(ctx context.Context, name string) error {
	made, err := c.control().CreatePolicyEngine(ctx, &control.CreatePolicyEngineInput{Name: &name})
	if err != nil {
		return err
	}
	return until(ctx, func() (bool, error) {
		got, err := c.control().GetPolicyEngine(ctx, &control.GetPolicyEngineInput{PolicyEngineId: made.PolicyEngineId})
		return err == nil && got.Status == types.PolicyEngineStatusActive, err
	})
}

// until asks until it is done, for at most ten seconds.
func until(ctx context.Context, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func TestSinceTime(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"24h": now.Add(-24 * time.Hour), "7d": now.AddDate(0, 0, -7), "2026-11-01": time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		"2026-11-22T11:00:00Z": now.Add(-time.Hour),
	} {
		if got, err := sinceTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "-24h", "0d", "-1d", "7dd", "7"} {
		if got, err := sinceTime(text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

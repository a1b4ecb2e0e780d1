package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"golang.org/x/sync/errgroup"
)

// benchGateways are two gateways with one policy engine: in front of the MCP
// server, and one of a thousand tools.
type benchGateways struct {
	control      *control.Client
	creds        aws.Credentials
	role         string
	small, large string // URLs
}

func makeGateways(ctx context.Context, server, behind string) (*benchGateways, error) {
	g := &benchGateways{creds: aws.Credentials{AccessKeyID: rootKeyID, SecretAccessKey: rootSecret}}
	config := aws.Config{Region: benchRegion, BaseEndpoint: &server, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return g.creds, nil })}
	g.control = control.NewFromConfig(config)
	people := iam.NewFromConfig(config)
	role, err := people.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName:                 aws.String("bench-gateway"),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}}`),
	})
	if err != nil {
		return nil, err
	}
	g.role = *role.Role.Arn
	if _, err := people.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String("bench-gateway"), PolicyName: aws.String("engine"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock-agentcore:*","Resource":"*"}}`),
	}); err != nil {
		return nil, err
	}
	engine, err := g.engine(ctx)
	if err != nil {
		return nil, err
	}
	if g.small, err = g.gateway(ctx, "small", engine, types.McpServerTargetConfiguration{Endpoint: &behind}); err != nil {
		return nil, err
	}
	g.large, err = g.gateway(ctx, "large", engine, types.McpServerTargetConfiguration{
		Endpoint: &behind, McpToolSchema: &types.McpToolSchemaConfigurationMemberInlinePayload{Value: thousandTools()},
	})
	return g, err
}

func thousandTools() string {
	tools := make([]map[string]any, benchTools)
	for i := range tools {
		tools[i] = map[string]any{
			"name": fmt.Sprintf("tool%d", i), "description": "does one thing of a thousand",
			"inputSchema": json.RawMessage(`{"type":"object","required":["order"],"properties":{"order":{"type":"string"},"amount":{"type":"integer"}}}`),
		}
	}
	text, err := json.Marshal(map[string]any{"tools": tools})
	if err != nil {
		panic(err) // texts always encode
	}
	return string(text)
}

// engine makes an engine that permits all.
func (g *benchGateways) engine(ctx context.Context) (string, error) {
	made, err := g.control.CreatePolicyEngine(ctx, &control.CreatePolicyEngineInput{Name: aws.String("bench")})
	if err != nil {
		return "", err
	}
	err = g.settled(ctx, func() (string, error) {
		got, err := g.control.GetPolicyEngine(ctx, &control.GetPolicyEngineInput{PolicyEngineId: made.PolicyEngineId})
		if err != nil {
			return "", err
		}
		return string(got.Status), nil
	})
	if err != nil {
		return "", err
	}
	policy, err := g.control.CreatePolicy(ctx, &control.CreatePolicyInput{
		PolicyEngineId: made.PolicyEngineId, Name: aws.String("all"), ValidationMode: types.PolicyValidationModeIgnoreAllFindings,
		Definition: &types.PolicyDefinitionMemberCedar{Value: types.CedarPolicy{Statement: aws.String("permit(principal, action, resource is AgentCore::Gateway);")}},
	})
	if err != nil {
		return "", err
	}
	return *made.PolicyEngineArn, g.settled(ctx, func() (string, error) {
		got, err := g.control.GetPolicy(ctx, &control.GetPolicyInput{PolicyEngineId: made.PolicyEngineId, PolicyId: policy.PolicyId})
		if err != nil {
			return "", err
		}
		return string(got.Status), nil
	})
}

// gateway makes one with one target, and returns its URL.
func (g *benchGateways) gateway(ctx context.Context, name, engine string, server types.McpServerTargetConfiguration) (string, error) {
	made, err := g.control.CreateGateway(ctx, &control.CreateGatewayInput{
		Name: &name, RoleArn: &g.role, AuthorizerType: types.AuthorizerTypeAwsIam, ProtocolType: types.GatewayProtocolTypeMcp,
		PolicyEngineConfiguration: &types.GatewayPolicyEngineConfiguration{Arn: &engine, Mode: types.GatewayPolicyEngineModeEnforce},
		ProtocolConfiguration: &types.GatewayProtocolConfigurationMemberMcp{Value: types.MCPGatewayConfiguration{
			DisableMcpListToolsPagination: aws.Bool(true),
		}},
	})
	if err != nil {
		return "", err
	}
	err = g.settled(ctx, func() (string, error) {
		got, err := g.control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: made.GatewayId})
		if err != nil {
			return "", err
		}
		return string(got.Status), nil
	})
	if err != nil {
		return "", err
	}
	target, err := g.control.CreateGatewayTarget(ctx, &control.CreateGatewayTargetInput{
		GatewayIdentifier: made.GatewayId, Name: aws.String("echo"),
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberMcpServer{Value: server}},
	})
	if err != nil {
		return "", err
	}
	return *made.GatewayUrl, g.settled(ctx, func() (string, error) {
		got, err := g.control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: made.GatewayId, TargetId: target.TargetId})
		if err != nil {
			return "", err
		}
		return string(got.Status), nil
	})
}

// settled waits until what was made is in use.
func (g *benchGateways) settled(ctx context.Context, ask func() (string, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for {
		status, err := ask()
		switch {
		case err != nil:
			return err
		case slices.Contains([]string{"READY", "ACTIVE"}, status):
			return nil
		case strings.Contains(status, "FAILED"):
			return errors.New("what was made is " + status)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks.C:
		}
	}
}

func (g *benchGateways) sign(ctx context.Context, r *http.Request, body string) error {
	sum := sha256.Sum256([]byte(body))
	return v4.NewSigner().SignHTTP(ctx, g.creds, r, hex.EncodeToString(sum[:]), "bedrock-agentcore", benchRegion, time.Now())
}

// hostOf is the URL of a server, without the path.
func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint
	}
	return u.Scheme + "://" + u.Host
}

// paced sends a request from many clients, each now and then, and returns how long
// each call took in milliseconds.
func paced(ctx context.Context, endpoint string, request []byte) (times []float64, err error) {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	for i := range gatewayClients {
		group.Go(func() error {
			next := time.Now().Add(gatewayPause * time.Duration(i) / gatewayClients)
			if err := waitUntil(ctx, next); err != nil {
				return err
			}
			began, calls := time.Now(), 0
			return repeat(ctx, hostOf(endpoint), request, func() bool {
				took := time.Since(began).Seconds() * 1e3
				mu.Lock()
				times = append(times, took)
				mu.Unlock()
				if calls++; calls == gatewayCalls {
					return false
				}
				next = next.Add(gatewayPause)
				if waitUntil(ctx, next) != nil {
					return false
				}
				began = time.Now()
				return true
			})
		})
	}
	return times, group.Wait()
}

func waitUntil(ctx context.Context, at time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(at)):
		return nil
	}
}

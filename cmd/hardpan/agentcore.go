package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"hardpan/internal/cedar"
	"hardpan/internal/config"
	"hardpan/internal/mcp/target"
	"hardpan/internal/model/bedrock"
	"hardpan/internal/server"
)

// toolGateways makes of the configuration what sets up the tool gateways.
// References are followed now, so that one that leads nowhere stops the start.
func toolGateways(ctx context.Context, cfg *config.Config, getenv lookup) (server.AgentCore, error) {
	c := &cfg.AgentCore
	out := server.AgentCore{
		RefuseUnready: c.Preflight == config.Refuse, Undecided: c.UndecidedPrompts, RecordInputs: c.RecordInputs, Wire: cedar.Wire2025,
		AWS: target.AWS{
			LambdaEndpoint: c.AWS.LambdaEndpoint, APIGatewayEndpoint: c.AWS.APIGatewayEndpoint, InvokeEndpoint: c.AWS.InvokeEndpoint,
		},
		Commands: map[string]target.Command{},
	}
	if c.Wire == config.Wire2026 {
		out.Wire = cedar.Wire2026
	}
	for name, command := range c.Commands {
		made, err := makeCommand(&command, getenv)
		if err != nil {
			return out, fmt.Errorf("agentcore: command %s: %w", name, err)
		}
		out.Commands[name] = made
	}
	var err error
	if out.AWS.Credentials, err = targetCredentials(ctx, cfg, getenv); err != nil {
		return out, fmt.Errorf("agentcore: aws: %w", err)
	}
	return out, nil
}

func makeCommand(c *config.Command, getenv lookup) (target.Command, error) {
	out := target.Command{Path: c.Path, Args: c.Args}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		out.Env = append(out.Env, name+"="+c.Env[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		secret, err := c.Secrets[name].Resolve(getenv)
		if err != nil {
			return out, err
		}
		out.Env = append(out.Env, name+"="+secret.Reveal())
	}
	return out, nil
}

// targetCredentials are what calls to AWS's services are signed with for targets;
// nil: there are none.
func targetCredentials(ctx context.Context, cfg *config.Config, getenv lookup) (aws.CredentialsProvider, error) {
	c := &cfg.AgentCore.AWS
	if c.Profile != "" {
		loaded, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithSharedConfigProfile(c.Profile), awsconfig.WithRegion(cfg.Region))
		if err != nil {
			return nil, fmt.Errorf("reading the profile %s: %w", c.Profile, err)
		}
		return loaded.Credentials, nil
	}
	if c.AccessKeyID == "" {
		return nil, nil
	}
	return staticCredentials(c.AccessKeyID, c.SecretAccessKey, c.SessionToken, getenv)
}

// staticCredentials are an access key of the configuration.
func staticCredentials(id string, secret, session config.SecretRef, getenv lookup) (aws.CredentialsProvider, error) {
	key, err := secret.Resolve(getenv)
	if err != nil || session == "" { // long-term keys have no session token
		return bedrock.Static(id, key.Reveal(), ""), err
	}
	token, err := session.Resolve(getenv)
	return bedrock.Static(id, key.Reveal(), token.Reveal()), err
}

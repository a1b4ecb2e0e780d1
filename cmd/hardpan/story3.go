package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// Story 3: a tool gateway whose policy engine was attached later. Its callers are
// signed in by an outside identity provider; its tools are an API's operations.

const (
	shopGateway = "existing-gateway"
	shopEngine  = "MyPolicy"
	shopRole    = "existing-gateway-role"

	serviceTrust = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "bedrock-agentcore.amazonaws.com"}, "Action": "sts:AssumeRole"}}`
)

// story3 is what the steps hand on to each other.
type story3 struct {
	*stage
	shop              *shop
	admin             *client
	clerk, supervisor string // tokens
	gateway           *control.GetGatewayOutput
	engine            string // ARN
	decision          string // of what is explained next
}

func playStory3(ctx context.Context, s *stage) bool {
	s.open("Story 3: a tool gateway whose policy engine was attached later")
	t := &story3{stage: s}
	defer func() {
		if t.shop != nil {
			_ = t.shop.close() // nobody calls it any more
		}
	}()
	for _, next := range t.steps() {
		if !s.play(ctx, next) && (t.gateway == nil || ctx.Err() != nil) {
			break // nothing after this has a gateway, or nobody waits for it
		}
	}
	return s.close()
}

func (t *story3) steps() []step {
	const (
		aws    = "aws bedrock-agentcore-control "
		attach = "hardpan gateway attach " + shopGateway + " " + shopEngine
		list   = "curl …/mcp -H 'Authorization: Bearer CLERK' \\\n  -d '" + toolsList + "'"
		refund = "curl …/mcp -H 'Authorization: Bearer SUPERVISOR' \\\n" + `  -d '{… "params":{"name":"orders___refund","arguments":{"amount":501}}}'`
	)
	return []step{
		{"A gateway makes two MCP tools of an API", t.makeGateway, []string{
			aws + "create-gateway --name " + shopGateway + " \\\n  --role-arn …/" + shopRole + " --authorizer-type CUSTOM_JWT …",
			aws + "create-gateway-target --name orders \\\n  --target-configuration file://orders.json …",
		}},
		{"A clerk signs in, lists the tools and calls one", t.plainUse, []string{list}},
		{"Later, a policy engine is made and attached", t.attach, []string{aws + "create-policy-engine --name " + shopEngine, attach}},
		{"The riddle: no list any more, and no word of why", t.riddle, []string{list}},
		{"The answer to it", t.roleIsTold, nil},
		{"The role gets exactly what it lacks", t.grant, []string{attach + " --grant"}},
		{"Now the engine is asked. It has no policy, so nothing is visible", t.nothingVisible, []string{list}},
		{"Cedar policies: all look orders up, supervisors refund up to 500", t.writePolicies, []string{aws + "create-policy --name … --definition file://policy.json"}},
		{"Each sees what they could call", t.eachSees, []string{list}},
		{"A call is decided on its arguments", t.arguments, []string{refund}},
		{"And says which policy came nearest", t.policyIsTold, nil},
	}
}

func (t *story3) makeGateway(ctx context.Context) (err error) {
	if t.shop, err = openShop(ctx); err != nil {
		return err
	}
	if t.clerk, err = t.shop.token("clerk", "clerk"); err != nil {
		return err
	}
	if t.supervisor, err = t.shop.token("supervisor", "supervisor"); err != nil {
		return err
	}
	if t.admin, err = t.server.administrator(ctx, story1Region); err != nil {
		return err
	}
	role, err := t.admin.iam().CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(shopRole), AssumeRolePolicyDocument: aws.String(serviceTrust)})
	if err != nil {
		return err
	}
	if err := t.permitGateway(ctx); err != nil {
		return err
	}
	made, err := t.admin.control().CreateGateway(ctx, &control.CreateGatewayInput{
		Name: aws.String(shopGateway), RoleArn: role.Role.Arn, ProtocolType: types.GatewayProtocolTypeMcp, AuthorizerType: types.AuthorizerTypeCustomJwt,
		AuthorizerConfiguration: &types.AuthorizerConfigurationMemberCustomJWTAuthorizer{Value: types.CustomJWTAuthorizerConfiguration{
			DiscoveryUrl: aws.String(t.shop.discovery()), AllowedAudience: []string{shopAudience},
		}},
	})
	if err != nil {
		return err
	}
	g, err := t.readyGateway(ctx, *made.GatewayId)
	if err != nil {
		return err
	}
	if err := t.makeTarget(ctx, *made.GatewayId); err != nil {
		return err
	}
	t.gateway = g
	t.answer(aws.ToString(g.GatewayArn))
	t.right("the gateway and its target are READY")
	return nil
}

// permitGateway gives the gateway's role what it has in the story.
func (t *story3) permitGateway(ctx context.Context) error {
	_, err := t.admin.iam().PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String(shopRole), PolicyName: aws.String("existing"), PolicyDocument: aws.String(policyOf(`
    {"Sid": "GetGateway", "Effect": "Allow", "Action": ["bedrock-agentcore:GetGateway"],
     "Resource": ["arn:aws:bedrock-agentcore:` + story1Region + `:*:gateway/` + shopGateway + `-*"]}`)),
	})
	return err
}

func (t *story3) makeTarget(ctx context.Context, gateway string) error {
	c := t.admin.control()
	made, err := c.CreateGatewayTarget(ctx, &control.CreateGatewayTargetInput{
		GatewayIdentifier: &gateway, Name: aws.String("orders"),
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberOpenApiSchema{
			Value: &types.ApiSchemaConfigurationMemberInlinePayload{Value: t.shop.api()},
		}},
	})
	if err != nil {
		return err
	}
	return settled(ctx, "the target", func() (string, []string, error) {
		got, err := c.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: &gateway, TargetId: made.TargetId})
		if err != nil {
			return "", nil, err
		}
		return string(got.Status), got.StatusReasons, nil
	})
}

func (t *story3) readyGateway(ctx context.Context, id string) (g *control.GetGatewayOutput, err error) {
	return g, settled(ctx, "the gateway", func() (string, []string, error) {
		if g, err = t.admin.control().GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id}); err != nil {
			return "", nil, err
		}
		return string(g.Status), g.StatusReasons, nil
	})
}

// settled asks until something is READY or ACTIVE, for a bounded time. What
// failed is an error with its reasons.
func settled(ctx context.Context, what string, ask func() (status string, reasons []string, err error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startPatience, errors.New(what+" took too long to be ready"))
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		status, reasons, err := ask()
		switch {
		case err != nil:
			return err
		case status == "READY" || status == "ACTIVE":
			return nil
		case strings.Contains(status, "FAILED"):
			return fmt.Errorf("%s is %s: %s", what, status, strings.Join(reasons, "; "))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

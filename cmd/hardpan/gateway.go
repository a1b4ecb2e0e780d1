package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/spf13/cobra"
)

// Tool gateways are made with AWS's own clients. These commands show them, attach
// policy engines with a look at the gateway's role first, and rehearse policies.

func newGateway(p *program) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "gateway",
		Short: "show tool gateways, and attach policy engines to them",
		Long: `A tool gateway makes MCP tools of APIs; a policy engine that is attached to it
decides who sees and calls them. Gateways, targets and policies are made with
the AWS CLI or an SDK:

  aws bedrock-agentcore-control create-gateway help`,
		Example: `  hardpan gateway list
  hardpan gateway show my-gateway
  hardpan gateway attach my-gateway MyEngine --mode LOG_ONLY
  hardpan gateway attach my-gateway MyEngine --grant
  hardpan gateway replay my-gateway --policies ./cedar`,
	})
	cmd.AddCommand(newGatewayList(p), newGatewayShow(p), newGatewayAttach(p), newGatewayReplay(p))
	return cmd
}

func (c *client) control() *control.Client { return control.NewFromConfig(c.config) }

// toolGateway is a gateway as these commands list it.
type toolGateway struct {
	Name       string `json:"name"`
	ID         string `json:"id"`
	Status     string `json:"status"`
	Authorizer string `json:"authorizer"`
}

// gateways lists the tool gateways of the region.
func (c *client) gateways(ctx context.Context) ([]toolGateway, error) {
	list := []toolGateway{}
	pages := control.NewListGatewaysPaginator(c.control(), &control.ListGatewaysInput{MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.explain("listing the tool gateways in "+c.config.Region, err)
		}
		for _, g := range page.Items {
			list = append(list, toolGateway{aws.ToString(g.Name), aws.ToString(g.GatewayId), string(g.Status), string(g.AuthorizerType)})
		}
	}
	return list, nil
}

// findGateway returns the gateway that was named, by its id, name or ARN.
func (c *client) findGateway(ctx context.Context, named string) (toolGateway, error) {
	list, err := c.gateways(ctx)
	if err != nil {
		return toolGateway{}, err
	}
	for _, g := range list {
		if named == g.ID || named == g.Name || strings.HasSuffix(named, ":gateway/"+g.ID) {
			return g, nil
		}
	}
	return toolGateway{}, failed("hardpan gateway list shows them", "there is no tool gateway %q in %s", named, c.config.Region)
}

// findEngine returns the ARN of the policy engine that was named, by its id,
// name or ARN.
func (c *client) findEngine(ctx context.Context, named string) (string, error) {
	pages := control.NewListPolicyEngineSummariesPaginator(c.control(), &control.ListPolicyEngineSummariesInput{MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", c.explain("listing the policy engines in "+c.config.Region, err)
		}
		for _, e := range page.PolicyEngines {
			if id := aws.ToString(e.PolicyEngineId); named == id || named == aws.ToString(e.Name) || named == aws.ToString(e.PolicyEngineArn) {
				return aws.ToString(e.PolicyEngineArn), nil
			}
		}
	}
	return "", failed("make one: aws bedrock-agentcore-control create-policy-engine --name "+fmt.Sprintf("%q", named),
		"there is no policy engine %q in %s", named, c.config.Region)
}

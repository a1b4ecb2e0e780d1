package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/spf13/cobra"
)

func newGatewayShow(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show GATEWAY",
		Short: "show a tool gateway, its targets and what its role lacks",
		Long: `Shows a tool gateway, named by its id, name or ARN: where clients reach it, its
targets, the policy engine that decides, and whether the gateway's role may ask
that engine. Who may not attach engines is not told about the role.`,
		Example: `  hardpan gateway show my-gateway
  hardpan gateway show my-gateway-abcdefghij --output json`,
		Args: args(cobra.ExactArgs(1)),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where the gateway is (or AWS_REGION; else "+defaultRegion+")")
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, named []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		shown, err := c.showGateway(cmd.Context(), named[0])
		if err != nil {
			return err
		}
		if *form == asJSON {
			return p.printJSON(shown)
		}
		p.showGateway(shown)
		return nil
	}
	return cmd
}

// gatewayDetails is what is known about a tool gateway.
type gatewayDetails struct {
	toolGateway

	ARN     string        `json:"arn"`
	URL     string        `json:"url"`
	Role    string        `json:"role"`
	Reasons []string      `json:"reasons,omitempty"`
	Targets []toolTarget  `json:"targets"`
	Engine  string        `json:"engine,omitempty"` // ARN
	Mode    string        `json:"mode,omitempty"`
	Ask     *attachResult `json:"ask,omitempty"` // whether the role may ask the engine
}

// toolTarget is one target of a gateway.
type toolTarget struct {
	Name   string `json:"name"`
	ID     string `json:"id"`
	Type   string `json:"type"`
	Status string `json:"status"`
}

func (c *client) showGateway(ctx context.Context, named string) (*gatewayDetails, error) {
	found, err := c.findGateway(ctx, named)
	if err != nil {
		return nil, err
	}
	g, err := c.control().GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &found.ID})
	if err != nil {
		return nil, c.explain("asking about the gateway "+found.ID, err)
	}
	shown := &gatewayDetails{
		toolGateway: found, ARN: aws.ToString(g.GatewayArn), URL: aws.ToString(g.GatewayUrl), Role: aws.ToString(g.RoleArn),
		Reasons: g.StatusReasons, Targets: []toolTarget{},
	}
	pages := control.NewListGatewayTargetsPaginator(c.control(), &control.ListGatewayTargetsInput{GatewayIdentifier: &found.ID, MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.explain("listing the targets of "+found.ID, err)
		}
		for _, t := range page.Items {
			shown.Targets = append(shown.Targets, toolTarget{aws.ToString(t.Name), aws.ToString(t.TargetId), string(t.TargetType), string(t.Status)})
		}
	}
	if e := g.PolicyEngineConfiguration; e != nil {
		shown.Engine, shown.Mode = aws.ToString(e.Arn), string(e.Mode)
		if ask, err := c.attachEngine(ctx, attachOrder{gateway: found.ID, Engine: shown.Engine, Mode: shown.Mode, DryRun: true}); err == nil {
			shown.Ask = &ask // else it is not for the caller to know
		}
	}
	return shown, nil
}

func (p *program) showGateway(g *gatewayDetails) {
	st := p.stylesFor(p.out)
	st.printf("%s\n\n", st.bold.Render("Tool gateway "+g.Name))
	for _, f := range [][2]string{
		{"id", g.ID}, {"status", g.Status}, {"url", g.URL}, {"callers", g.Authorizer}, {"role", g.Role},
	} {
		st.field(f[0], f[1])
	}
	if g.Engine == "" {
		st.field("engine", "none: nothing decides who sees and calls its tools")
	} else {
		st.field("engine", g.Engine)
		st.field("mode", g.Mode)
	}
	if g.Ask != nil {
		st.describeRole(g.Ask)
	} else {
		for _, reason := range g.Reasons {
			st.field("reason", reason)
		}
	}
	if len(g.Targets) == 0 {
		st.printf("\nNo targets.\n")
		return
	}
	rows := [][]string{{"TARGET", "ID", "TYPE", "STATUS"}}
	for _, t := range g.Targets {
		rows = append(rows, []string{t.Name, t.ID, t.Type, t.Status})
	}
	st.printf("\n")
	st.table(rows)
}

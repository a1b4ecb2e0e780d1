package main

import (
	"github.com/spf13/cobra"
)

func newGatewayList(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list tool gateways",
		Long: `Lists the tool gateways of the account in one region, in the order of their
names.`,
		Example: `  hardpan gateway list
  hardpan gateway list --region eu-west-1 --output json`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "of this region (or AWS_REGION; else "+defaultRegion+")")
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		list, err := c.gateways(cmd.Context())
		if err != nil {
			return err
		}
		if *form == asJSON {
			return p.printJSON(struct {
				Gateways []toolGateway `json:"gateways"`
			}{list})
		}
		p.listGateways(list, c.config.Region)
		return nil
	}
	return cmd
}

func (p *program) listGateways(list []toolGateway, region string) {
	st := p.stylesFor(p.out)
	if len(list) == 0 {
		st.printf("No tool gateways in %s. Make one: aws bedrock-agentcore-control create-gateway\n", region)
		return
	}
	rows := [][]string{{"NAME", "ID", "STATUS", "AUTHORIZER"}}
	for _, g := range list {
		rows = append(rows, []string{g.Name, g.ID, g.Status, g.Authorizer})
	}
	st.table(rows)
}

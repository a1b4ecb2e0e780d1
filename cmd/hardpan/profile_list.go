package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func newProfileList(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list application inference profiles",
		Long: `Lists the application inference profiles of the account in one region, in the
order of their names. The tags of one profile:

  aws bedrock list-tags-for-resource --resource-arn ARN`,
		Example: `  hardpan profile list
  hardpan profile list --region eu-west-1 --output json`,
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
		list, err := c.profiles(cmd.Context())
		if err != nil {
			return err
		}
		if *form == asJSON {
			return p.printJSON(struct {
				Profiles []inferenceProfile `json:"profiles"`
			}{list})
		}
		p.listProfiles(list, c.config.Region)
		return nil
	}
	return cmd
}

func (p *program) listProfiles(list []inferenceProfile, region string) {
	st := p.stylesFor(p.out)
	if len(list) == 0 {
		st.printf("No application inference profiles in %s. Make one: hardpan profile create --model claude-3-5-haiku\n", region)
		return
	}
	rows := [][]string{{"NAME", "ID", "MODEL", "REGIONS", "CREATED"}}
	for _, one := range list {
		regions := fmt.Sprint(len(one.Regions))
		if len(one.Regions) == 1 {
			regions = one.Regions[0]
		}
		rows = append(rows, []string{one.Name, one.ID, one.Model, regions, one.Created.UTC().Format(time.DateOnly)})
	}
	st.table(rows)
}

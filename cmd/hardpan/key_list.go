package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/spf13/cobra"
)

func newKeyList(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list Bedrock API keys",
		Long: `Lists the Bedrock API keys of all users, or of one. The keys themselves are
never shown again. A home region that you may not read is shown as "?".`,
		Example: `  hardpan key list
  hardpan key list --user BedrockAPIKey-x7k2
  hardpan key list --output json`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where this command's calls go (or AWS_REGION; else "+defaultRegion+")")
	user := cmd.Flags().String("user", "", "of this IAM user only")
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		keys, err := c.keys(cmd.Context(), *user)
		if err != nil {
			return err
		}
		c.addHomes(cmd.Context(), keys)
		if *form == asJSON {
			return p.printJSON(struct {
				Keys []apiKey `json:"keys"`
			}{keys})
		}
		p.listKeys(keys)
		return nil
	}
	return cmd
}

// addHomes fills in the users' ARNs and home regions, as far as the caller may
// read them: the list is worth having without.
func (c *client) addHomes(ctx context.Context, keys []apiKey) {
	arns, homes := map[string]string{}, map[string]string{}
	for i := range keys {
		k := &keys[i]
		if _, known := arns[k.User]; !known {
			out, err := c.iam().GetUser(ctx, &iam.GetUserInput{UserName: &k.User})
			if err != nil {
				arns[k.User] = ""
				continue
			}
			arns[k.User] = aws.ToString(out.User.Arn)
			if config, err := c.getInferenceConfig(ctx, arns[k.User]); err == nil {
				homes[k.User] = config.HomeRegion
			}
		}
		k.UserARN, k.HomeRegion = arns[k.User], homes[k.User]
	}
}

func (p *program) listKeys(keys []apiKey) {
	st := p.stylesFor(p.out)
	if len(keys) == 0 {
		st.printf("No Bedrock API keys. Make one: hardpan key create --expires 30d --region %s\n", defaultRegion)
		return
	}
	now := time.Now()
	rows := [][]string{{"USER", "ID", "STATUS", "CREATED", "EXPIRES", "HOME"}}
	for _, k := range keys {
		rows = append(rows, []string{
			k.User, k.ID, k.Status, k.Created.UTC().Format(time.DateOnly), k.shortExpiry(now), cmp.Or(k.HomeRegion, "?"),
		})
	}
	st.table(rows)
}

// shortExpiry is the day only, for a table.
func (k *apiKey) shortExpiry(now time.Time) string {
	switch {
	case k.Expires == nil:
		return "never"
	case k.Expires.Before(now):
		return "over"
	}
	return k.Expires.UTC().Format(time.DateOnly)
}

// table prints rows in columns; the first row is the head.
func (s *styles) table(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	for n, row := range rows {
		line := ""
		for i, cell := range row {
			if i < len(row)-1 {
				cell = fmt.Sprintf("%-*s  ", widths[i], cell)
			}
			line += cell
		}
		if n == 0 {
			line = s.faint.Render(line)
		}
		s.printf("%s\n", line)
	}
}

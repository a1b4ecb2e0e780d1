package main

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/spf13/cobra"
)

func newProfileDelete(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete NAME|ID|ARN",
		Short: "delete an application inference profile",
		Long: `Deletes an application inference profile. Calls through it are refused from then
on; those under way are answered to the end.`,
		Example: `  hardpan profile delete foo-claude-3-5-haiku
  hardpan profile delete a1b2c3d4e5f6`,
		Args: args(cobra.ExactArgs(1)),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where the profile is (or AWS_REGION; else "+defaultRegion+")")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		arn, err := c.profileNamed(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if _, err := c.bedrock().DeleteInferenceProfile(cmd.Context(), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: &arn}); err != nil {
			return c.explain("deleting the inference profile "+args[0], err)
		}
		st := p.stylesFor(p.out)
		st.printf("%s %s\n", st.mark(true), "the inference profile "+arn+" is deleted")
		return nil
	}
	return cmd
}

// profileNamed returns the ARN of the profile with a name or an id.
func (c *client) profileNamed(ctx context.Context, named string) (string, error) {
	if strings.HasPrefix(named, "arn:") {
		return named, nil
	}
	list, err := c.profiles(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(one inferenceProfile) bool { return one.Name == named || one.ID == named })
	if i < 0 {
		return "", failed("hardpan profile list --region "+c.config.Region, "there is no application inference profile %q in %s", named, c.config.Region)
	}
	return list[i].ARN, nil
}

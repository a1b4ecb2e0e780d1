package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/spf13/cobra"
)

func newKeyReset(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reset ID|USER",
		Short: "replace the text of a Bedrock API key",
		Long: `Makes a new text for a key and shows it once. The old text stops working at
once. Id, user, policies and the day the key ends stay as they are.`,
		Example: `  hardpan key reset BedrockAPIKey-x7k2
  hardpan key reset ACCAEXAMPLE123EXAMPLE --output json`,
		Args: args(cobra.ExactArgs(1)),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where this command's calls go (or AWS_REGION; else "+defaultRegion+")")
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		key, err := c.resetKey(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if *form == asJSON {
			return p.printJSON(key)
		}
		p.showKey(c, key, false)
		return nil
	}
	return cmd
}

func (c *client) resetKey(ctx context.Context, name string) (apiKey, error) {
	old, err := c.keyNamed(ctx, name)
	if err != nil {
		return apiKey{}, err
	}
	out, err := c.iam().ResetServiceSpecificCredential(ctx, &iam.ResetServiceSpecificCredentialInput{
		ServiceSpecificCredentialId: &old.ID, UserName: &old.User,
	})
	if err != nil {
		return apiKey{}, c.explain("resetting the key "+old.ID, err)
	}
	keys := []apiKey{made(out.ServiceSpecificCredential)}
	c.addHomes(ctx, keys)
	return keys[0], nil
}

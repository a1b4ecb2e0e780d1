package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/spf13/cobra"
)

func newKeyRevoke(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke ID|USER",
		Short: "delete a Bedrock API key",
		Long: `Deletes a key: it stops working at once and cannot be had back.

The user that key create made for it remains, with its policies and its access
keys, unless --delete-user says that it goes too, and all of its keys with it.
Users that key create did not make are never deleted.`,
		Example: `  hardpan key revoke ACCAEXAMPLE123EXAMPLE
  hardpan key revoke BedrockAPIKey-x7k2 --delete-user`,
		Args: args(cobra.ExactArgs(1)),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where this command's calls go (or AWS_REGION; else "+defaultRegion+")")
	deleteUser := cmd.Flags().Bool("delete-user", false, "delete the user too, with policies and access keys")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		if *deleteUser {
			return p.revokeUser(cmd.Context(), c, args[0])
		}
		return p.revokeKey(cmd.Context(), c, args[0])
	}
	return cmd
}

func (p *program) revokeKey(ctx context.Context, c *client, name string) error {
	key, err := c.keyNamed(ctx, name)
	if err != nil {
		return err
	}
	if err := c.deleteKey(ctx, key); err != nil {
		return c.explain("deleting the key "+key.ID, err)
	}
	st := p.stylesFor(p.out)
	st.printf("%s the key %s of %s is deleted\n", st.mark(true), key.ID, key.User)
	if keyUser.MatchString(key.User) {
		st.printf("\nIts user remains, with policies and access keys. To delete it too:\n")
		st.block(2, st.value, "hardpan key revoke "+key.User+" --delete-user")
	}
	return nil
}

func (c *client) deleteKey(ctx context.Context, key apiKey) error {
	_, err := c.iam().DeleteServiceSpecificCredential(ctx, &iam.DeleteServiceSpecificCredentialInput{
		ServiceSpecificCredentialId: &key.ID, UserName: &key.User,
	})
	return err
}

// revokeUser deletes a user that key create made. name is the user's, or the id
// of a key of theirs: the last key may be gone already.
func (p *program) revokeUser(ctx context.Context, c *client, name string) error {
	user := name
	if !keyUser.MatchString(user) {
		key, err := c.keyNamed(ctx, name)
		if err != nil {
			return err
		}
		user = key.User
	}
	if !keyUser.MatchString(user) {
		return failed("hardpan key revoke "+name+"\nand the user with: aws iam delete-user --user-name "+user,
			"user %s was not made by key create, so --delete-user leaves it alone; nothing is deleted", user)
	}
	gone, err := c.deleteUser(ctx, user)
	if err != nil {
		return c.explain("deleting user "+user, err)
	}
	st := p.stylesFor(p.out)
	st.printf("%s user %s is deleted%s\n", st.mark(true), user, gone)
	return nil
}

// deleteUser deletes a user and what belongs to it, as IAM wants that gone
// first. It returns what there was, in words.
func (c *client) deleteUser(ctx context.Context, user string) (string, error) {
	var gone []string
	for _, part := range []struct {
		what   string
		delete func(context.Context, string) (int, error)
	}{
		{"API keys", c.deleteKeysOf},
		{"access keys", c.deleteAccessKeysOf},
		{"inline policies", c.deletePoliciesOf},
		{"attached policies", c.detachPoliciesOf},
		{"group memberships", c.leaveGroups},
	} {
		count, err := part.delete(ctx, user)
		if err != nil {
			return "", fmt.Errorf("deleting its %s: %w", part.what, err)
		}
		if count > 0 {
			gone = append(gone, fmt.Sprintf("%s: %d", part.what, count))
		}
	}
	_, err := c.iam().DeleteUser(ctx, &iam.DeleteUserInput{UserName: &user})
	if err != nil || len(gone) == 0 {
		return "", err
	}
	return ", with " + strings.Join(gone, ", "), nil
}

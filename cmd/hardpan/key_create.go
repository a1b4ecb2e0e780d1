package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/spf13/cobra"

	"hardpan/internal/catalog"
)

func newKeyCreate(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create",
		Short: "make a Bedrock API key, and an IAM user for it",
		Long: `Does what AWS's console does: makes the IAM user BedrockAPIKey-xxxx with the
managed policy AmazonBedrockLimitedAccess, and a Bedrock API key for it. With
--user the key is made for a user who exists, whose policies stay as they are.

An API key carries no region, unlike a signature. --region is the one where its
calls go when the client does not say: the key's home.

The key is shown once. If a step fails, those before it are undone.`,
		Example: `  hardpan key create --expires 30d --region us-west-2
  hardpan key create --user build-server --expires never --region eu-west-1
  hardpan key create --expires 7d --region us-west-2 --output json`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "home of the key (or AWS_REGION)")
	user := cmd.Flags().String("user", "", "an IAM user who exists, instead of a new one")
	expires := cmd.Flags().String("expires", "30d", "days until the key ends, as in 30d, or never")
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		order := keyOrder{user: *user, region: l.region}
		if order.region == "" {
			order.region = p.getenv("AWS_REGION")
		}
		var err error
		if order.days, err = lifetime(*expires); err != nil {
			return usage(cmd, "--expires: %v", err)
		}
		if !catalog.IsRegion(order.region) {
			return usage(cmd, "%s", noHome(order.region))
		}
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		key, err := c.createKey(cmd.Context(), order)
		if err != nil {
			return err
		}
		if *form == asJSON {
			return p.printJSON(key)
		}
		p.showKey(c, key, *user == "")
		return nil
	}
	return cmd
}

func noHome(region string) string {
	if region == "" {
		return "--region is missing: an API key carries no region, so it needs a home"
	}
	return fmt.Sprintf("--region: %q is no AWS region that Hardpan knows", region)
}

// lifetime reads "30d" or "never", which is nil.
func lifetime(text string) (*int32, error) {
	if text == "never" {
		return nil, nil
	}
	days, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || !strings.HasSuffix(text, "d") || days < 1 || days > maxKeyDays {
		return nil, fmt.Errorf("it is days from 1d to %dd, or never, and not %q", maxKeyDays, text)
	}
	return aws.Int32(int32(days)), nil
}

// keyOrder is what to make.
type keyOrder struct {
	user   string // empty: a new one
	days   *int32 // nil: it never ends
	region string // its home
}

// createKey makes a key. What was made before a failure is taken away again.
func (c *client) createKey(ctx context.Context, order keyOrder) (_ apiKey, err error) {
	var undo undoing
	defer func() {
		if err != nil {
			err = undo.all(ctx, err)
		}
	}()
	user, err := c.keyOwner(ctx, order.user, &undo)
	if err != nil {
		return apiKey{}, err
	}
	name := aws.ToString(user.UserName)
	credential, err := c.iam().CreateServiceSpecificCredential(ctx, &iam.CreateServiceSpecificCredentialInput{
		UserName: user.UserName, ServiceName: aws.String(bedrockService), CredentialAgeDays: order.days,
	})
	if err != nil {
		return apiKey{}, c.explain("making a Bedrock API key for "+name, err)
	}
	key := made(credential.ServiceSpecificCredential)
	undo.add("the key "+key.ID, func(ctx context.Context) error { return c.deleteKey(ctx, key) })
	key.UserARN, key.HomeRegion = aws.ToString(user.Arn), order.region
	err = c.putInferenceConfig(ctx, key.UserARN, inferenceConfig{HomeRegion: order.region})
	return key, c.explain("giving "+name+" the home region "+order.region, err)
}

// keyOwner returns the user that is named, or makes one as AWS's console does.
func (c *client) keyOwner(ctx context.Context, name string, undo *undoing) (*types.User, error) {
	if name != "" {
		out, err := c.iam().GetUser(ctx, &iam.GetUserInput{UserName: &name})
		if err != nil {
			return nil, c.explain("looking for user "+name, err)
		}
		return out.User, nil
	}
	user, err := c.newKeyUser(ctx)
	if err != nil {
		return nil, c.explain("making an IAM user for the key", err)
	}
	undo.add("the user "+*user.UserName, func(ctx context.Context) error {
		_, err := c.iam().DeleteUser(ctx, &iam.DeleteUserInput{UserName: user.UserName})
		return err
	})
	policy := aws.String(limitedAccess)
	_, err = c.iam().AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: user.UserName, PolicyArn: policy})
	if err != nil {
		return nil, c.explain("attaching AmazonBedrockLimitedAccess to "+*user.UserName, err)
	}
	undo.add("its policy", func(ctx context.Context) error {
		_, err := c.iam().DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: user.UserName, PolicyArn: policy})
		return err
	})
	return user, nil
}

// newKeyUser tries other names while the one it thought of is taken.
func (c *client) newKeyUser(ctx context.Context) (*types.User, error) {
	for try := 1; ; try++ {
		out, err := c.iam().CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String(keyUserPrefix + fourCharacters())})
		if err == nil {
			return out.User, nil
		}
		if _, taken := errors.AsType[*types.EntityAlreadyExistsException](err); !taken || try == userNameRetries {
			return nil, err
		}
	}
}

func fourCharacters() string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	text := make([]byte, 4)
	for i := range text {
		text[i] = letters[rand.IntN(len(letters))] // a name, not a secret
	}
	return string(text)
}

// showKey prints a key with its secret, which stands in one place only.
func (p *program) showKey(c *client, key apiKey, newUser bool) {
	st := p.stylesFor(p.out)
	st.printf("%s %s\n\n", st.good.Render("✓"), st.bold.Render("Bedrock API key for "+key.User))
	st.field("id", key.ID)
	st.field("user", key.UserARN)
	st.field("expires", key.expiry(time.Now()))
	if key.HomeRegion != "" {
		st.field("home", key.HomeRegion+", where its calls go when the client names no region")
	}
	if newUser {
		st.field("policy", "AmazonBedrockLimitedAccess, which is broad")
	}
	st.printf("\nThe key, shown only this once, as whoever uses it sets it:\n\n")
	st.block(2, st.value, "export AWS_ENDPOINT_URL="+c.endpoint+"\nexport "+bearerVariable+"="+key.Key)
	st.printf("\nA lost key is replaced, not shown again: hardpan key reset %s\n", key.User)
}

package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/spf13/cobra"
)

// A Bedrock API key is what IAM calls a service-specific credential of a user.
// In AWS's console a key comes with a user of its own; AWS has no API call for
// that, so these commands do what the console does.

const (
	bedrockService  = "bedrock.amazonaws.com"
	limitedAccess   = "arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess"
	keyUserPrefix   = "BedrockAPIKey-"
	bearerVariable  = "AWS_BEARER_TOKEN_BEDROCK"
	displayedTime   = "2006-01-02 15:04 UTC"
	oneDay          = 24 * time.Hour
	maxKeyDays      = 36600 // IAM's limit of CredentialAgeDays
	undoTimeout     = 15 * time.Second
	userNameRetries = 5
)

// keyUser matches the users that key create makes: four characters after the
// prefix, as AWS's console has it (their number is from memory).
var keyUser = regexp.MustCompile(`^` + keyUserPrefix + `[a-z0-9]{4}$`)

func newKey(p *program) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "key",
		Short: "make, list, reset and revoke Bedrock API keys",
		Long: `A Bedrock API key is one text that a client sends in place of a signature. It
belongs to an IAM user, and that user's policies say what it may do.`,
		Example: `  hardpan key create --expires 30d --region us-west-2
  hardpan key list
  hardpan key revoke BedrockAPIKey-x7k2 --delete-user`,
	})
	cmd.AddCommand(newKeyCreate(p), newKeyList(p), newKeyReset(p), newKeyRevoke(p))
	return cmd
}

// apiKey is a Bedrock API key as these commands print it.
type apiKey struct {
	ID         string     `json:"id"`
	User       string     `json:"user"`
	UserARN    string     `json:"userArn,omitempty"`
	Status     string     `json:"status"`
	Created    time.Time  `json:"created,omitzero"`
	Expires    *time.Time `json:"expires"` // null: never
	HomeRegion string     `json:"homeRegion,omitempty"`

	// Key is the secret, there only when it was just made.
	Key string `json:"key,omitempty"`
}

// made is the key of an answer that shows its secret.
func made(c *types.ServiceSpecificCredential) apiKey {
	return apiKey{
		ID: aws.ToString(c.ServiceSpecificCredentialId), User: aws.ToString(c.UserName), Status: string(c.Status),
		Created: aws.ToTime(c.CreateDate), Expires: c.ExpirationDate, Key: aws.ToString(c.ServiceCredentialSecret),
	}
}

func listed(c *types.ServiceSpecificCredentialMetadata) apiKey {
	return apiKey{
		ID: aws.ToString(c.ServiceSpecificCredentialId), User: aws.ToString(c.UserName), Status: string(c.Status),
		Created: aws.ToTime(c.CreateDate), Expires: c.ExpirationDate,
	}
}

// expiry says when a key ends, in words.
func (k *apiKey) expiry(now time.Time) string {
	if k.Expires == nil {
		return "never"
	}
	left := k.Expires.Sub(now)
	switch at := k.Expires.UTC().Format(displayedTime); {
	case left < 0:
		return at + " (over)"
	case left < 2*oneDay:
		return fmt.Sprintf("%s (in %d hours)", at, int(left.Round(time.Hour).Hours()))
	default:
		return fmt.Sprintf("%s (in %d days)", at, int(left.Round(oneDay)/oneDay))
	}
}

// keys lists the Bedrock API keys of all users, or of one.
func (c *client) keys(ctx context.Context, user string) ([]apiKey, error) {
	in := &iam.ListServiceSpecificCredentialsInput{ServiceName: aws.String(bedrockService), AllUsers: aws.Bool(true)}
	if user != "" {
		in.AllUsers, in.UserName = nil, &user
	}
	keys := []apiKey{}
	for {
		page, err := c.iam().ListServiceSpecificCredentials(ctx, in)
		if err != nil {
			return nil, c.explain("listing Bedrock API keys", err)
		}
		for i := range page.ServiceSpecificCredentials {
			keys = append(keys, listed(&page.ServiceSpecificCredentials[i]))
		}
		if !page.IsTruncated {
			return keys, nil
		}
		in.Marker = page.Marker
	}
}

// keysNamed returns the keys with an id, or of a user.
func (c *client) keysNamed(ctx context.Context, name string) ([]apiKey, error) {
	all, err := c.keys(ctx, "")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(k apiKey) bool { return k.ID != name && k.User != name }), nil
}

// keyNamed returns the one key with an id, or of a user.
func (c *client) keyNamed(ctx context.Context, name string) (apiKey, error) {
	found, err := c.keysNamed(ctx, name)
	switch {
	case err != nil:
		return apiKey{}, err
	case len(found) == 0:
		return apiKey{}, failed("hardpan key list", "there is no Bedrock API key with the id %q, and no user of that name has one", name)
	case len(found) > 1:
		return apiKey{}, failed("say which by its id: "+found[0].ID+" or "+found[1].ID, "user %s has %d Bedrock API keys", name, len(found))
	}
	return found[0], nil
}

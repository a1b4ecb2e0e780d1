package main

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/spf13/cobra"
)

// An application inference profile is a copy of a model with tags of its own.
// These commands are the vending machine: who calls them makes a profile that
// carries their own tags, with no more rights than their policies give them.

func newProfile(p *program) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "profile",
		Short: "make, list and delete application inference profiles",
		Long: `An application inference profile stands for a model, or for a system-defined
profile that routes among regions. Calls through it are told apart by its tags:
who pays, and who may call.`,
		Example: `  hardpan profile create --model claude-3-5-haiku
  hardpan profile list
  hardpan profile delete foo-claude-3-5-haiku`,
	})
	cmd.AddCommand(newProfileCreate(p), newProfileList(p), newProfileDelete(p))
	return cmd
}

func (c *client) bedrock() *bedrock.Client { return bedrock.NewFromConfig(c.config) }

// inferenceProfile is one as these commands print it.
type inferenceProfile struct {
	Name    string            `json:"name"`
	ID      string            `json:"id"`
	ARN     string            `json:"arn"`
	Model   string            `json:"model"`
	Regions []string          `json:"regions"` // where its calls may run
	Created time.Time         `json:"created,omitzero"`
	Tags    map[string]string `json:"tags,omitempty"` // as it is made
}

func shownProfile(s *types.InferenceProfileSummary) inferenceProfile {
	shown := inferenceProfile{
		Name: aws.ToString(s.InferenceProfileName), ID: aws.ToString(s.InferenceProfileId),
		ARN: aws.ToString(s.InferenceProfileArn), Created: aws.ToTime(s.CreatedAt), Regions: []string{},
	}
	for _, m := range s.Models {
		parts := strings.SplitN(aws.ToString(m.ModelArn), ":", 6)
		if len(parts) != 6 {
			continue
		}
		_, shown.Model, _ = strings.Cut(parts[5], "/")
		if parts[3] == "" {
			parts[3] = "anywhere"
		}
		shown.Regions = append(shown.Regions, parts[3])
	}
	return shown
}

// profiles lists the application inference profiles of the region.
func (c *client) profiles(ctx context.Context) ([]inferenceProfile, error) {
	list := []inferenceProfile{}
	pages := bedrock.NewListInferenceProfilesPaginator(c.bedrock(), &bedrock.ListInferenceProfilesInput{TypeEquals: types.InferenceProfileTypeApplication})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.explain("listing inference profiles in "+c.config.Region, err)
		}
		for i := range page.InferenceProfileSummaries {
			list = append(list, shownProfile(&page.InferenceProfileSummaries[i]))
		}
	}
	return list, nil
}

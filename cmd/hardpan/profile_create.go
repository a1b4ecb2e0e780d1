package main

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/spf13/cobra"
)

func newProfileCreate(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create",
		Short: "make an application inference profile of one's own",
		Long: `Makes an application inference profile with the tags that the caller has, as
session tags or on their user or role: hardpan whoami lists them. --tag adds one
or sets another value; --no-own-tags leaves the caller's out.

The model is named by its id, by a part of its id or name that only one has, or
by the ARN or id of a system-defined inference profile. A model that cannot be
called on demand in the region is copied from the profile of its geography. It
need not be named where the caller's policies allow one model only; otherwise
they are listed.

The name is made of the caller's and the model's, unless --name says another.`,
		Example: `  hardpan profile create
  hardpan profile create --model claude-3-5-haiku
  hardpan profile create --model us.anthropic.claude-3-5-haiku-20241022-v1:0 \
    --name team-a --tag CostCenter=42`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where the profile is made (or AWS_REGION; else "+defaultRegion+")")
	var order profileOrder
	cmd.Flags().StringVar(&order.model, "model", "", "model or system-defined profile: id, ARN, or part of a name\n(if there is a choice)")
	cmd.Flags().StringVar(&order.name, "name", "", "name of the profile, 1 to 64 characters")
	cmd.Flags().StringVar(&order.description, "description", "", "what it is for")
	cmd.Flags().StringArrayVar(&order.tags, "tag", nil, "KEY=VALUE, as often as needed")
	cmd.Flags().BoolVar(&order.bare, "no-own-tags", false, "do not take over the caller's own tags")
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, text := range order.tags {
			if key, _, ok := strings.Cut(text, "="); !ok || key == "" {
				return usage(cmd, "--tag: it is KEY=VALUE, and not %q", text)
			}
		}
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		made, err := c.createProfile(cmd.Context(), order)
		if err != nil {
			return err
		}
		if *form == asJSON {
			return p.printJSON(made)
		}
		p.showProfile(made)
		return nil
	}
	return cmd
}

// profileOrder is what to make.
type profileOrder struct {
	model, name, description string
	tags                     []string // KEY=VALUE
	bare                     bool     // without the caller's own tags
}

func (c *client) createProfile(ctx context.Context, order profileOrder) (inferenceProfile, error) {
	me, err := c.whoAmI(ctx)
	if err != nil {
		return inferenceProfile{}, c.explain("asking the server who this is", err)
	}
	tags := order.tagsOf(me)
	source, err := c.source(ctx, me, order.model, tags)
	if err != nil {
		return inferenceProfile{}, err
	}
	in := &bedrock.CreateInferenceProfileInput{
		InferenceProfileName: aws.String(order.nameFor(me, source)),
		ModelSource:          &types.InferenceProfileModelSourceMemberCopyFrom{Value: source},
	}
	if order.description != "" {
		in.Description = &order.description
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	out, err := c.bedrock().CreateInferenceProfile(ctx, in)
	if err != nil {
		return inferenceProfile{}, c.explain("making the inference profile "+*in.InferenceProfileName, err)
	}
	arn := aws.ToString(out.InferenceProfileArn)
	return inferenceProfile{
		Name: *in.InferenceProfileName, ARN: arn, ID: arn[strings.LastIndex(arn, "/")+1:], Model: modelOf(source),
		Regions: regionsOf(source, c.config.Region), Tags: tags,
	}, nil
}

// source is what to copy for the model that was named, or else for the only one
// that there is.
func (c *client) source(ctx context.Context, me callerIdentity, named string, tags map[string]string) (string, error) {
	if named == "" {
		return c.choose(ctx, me, tags)
	}
	return sourceOf(named, c.config.Region, me.Account)
}

// tagText is what Bedrock takes as a tag's key or value.
var tagText = regexp.MustCompile(`^[a-zA-Z0-9\s._:/=+@-]*$`)

// tagsOf are the tags of the profile: the caller's own, as far as a profile can
// have them, and those of the order, whose keys compare without case.
func (o *profileOrder) tagsOf(me callerIdentity) map[string]string {
	tags := map[string]string{}
	for _, own := range me.Tags {
		if !o.bare && tagText.MatchString(own.Key) && tagText.MatchString(own.Value) {
			tags[own.Key] = own.Value
		}
	}
	for _, text := range o.tags {
		key, value, _ := strings.Cut(text, "=")
		maps.DeleteFunc(tags, func(own, _ string) bool { return strings.EqualFold(own, key) })
		tags[key] = value
	}
	return tags
}

// notInNames is what a profile's name cannot hold.
var notInNames = regexp.MustCompile(`[^0-9a-zA-Z]+`)

// nameFor makes a name of the caller's and the model's.
func (o *profileOrder) nameFor(me callerIdentity, source string) string {
	if o.name != "" {
		return o.name
	}
	who := me.ARN[strings.LastIndexAny(me.ARN, "/:")+1:]
	who, _, _ = strings.Cut(who, "@")
	name := strings.Trim(notInNames.ReplaceAllString(who+"-"+source[strings.LastIndex(source, "/")+1:], "-"), "-")
	const longest = 64
	return strings.TrimRight(name[:min(longest, len(name))], "-")
}

func (p *program) showProfile(made inferenceProfile) {
	st := p.stylesFor(p.out)
	st.printf("%s %s\n\n", st.good.Render("✓"), st.bold.Render("Inference profile "+made.Name))
	st.field("arn", made.ARN)
	st.field("model", made.Model)
	st.field("runs in", strings.Join(made.Regions, ", "))
	for _, key := range slices.Sorted(maps.Keys(made.Tags)) {
		st.field("tag", key+" = "+made.Tags[key])
	}
	st.printf("\nUse the ARN in place of the model id:\n\n")
	st.block(2, st.value, fmt.Sprintf("aws bedrock-runtime converse --model-id %s \\\n  --messages '[{\"role\":\"user\",\"content\":[{\"text\":\"Hello!\"}]}]'", made.ARN))
}

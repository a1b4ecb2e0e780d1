package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"hardpan/internal/catalog"
	"hardpan/internal/simulation"
)

// A model that nobody named is chosen if the caller's policies leave no choice:
// if there is one that a profile with these tags may be made of and called through.
// The server is asked, with the questions that "hardpan can" asks.

// askedAtOnce is how many questions are on their way at a time.
const askedAtOnce = 4

// choose returns the one source that the caller may copy and then call.
func (c *client) choose(ctx context.Context, me callerIdentity, tags map[string]string) (string, error) {
	sources, err := c.usable(ctx, me, tags)
	switch {
	case err != nil:
		return "", err
	case len(sources) == 1:
		return sources[0], nil
	case len(sources) == 0:
		return "", failed("ask for bedrock:CreateInferenceProfile and bedrock:InvokeModel, or name a model to be told why not: --model claude-3-5-haiku",
			"your policies allow no model in %s that a profile with %s could be made of", c.config.Region, tagList(tags))
	}
	ids := make([]string, len(sources))
	for i, source := range sources {
		ids[i] = modelOf(source)
	}
	return "", failed("say which, as --model "+ids[0], "you may use %d models in %s: %s", len(ids), c.config.Region, strings.Join(ids, ", "))
}

func tagList(tags map[string]string) string {
	if len(tags) == 0 {
		return "no tags"
	}
	var list []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, key+"="+tags[key])
	}
	return "the tags " + strings.Join(list, ", ")
}

// usable are the sources, at most one for each model, in the order of their ids.
func (c *client) usable(ctx context.Context, me callerIdentity, tags map[string]string) ([]string, error) {
	models := catalog.Models(c.config.Region)
	found := make([]string, len(models))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(askedAtOnce)
	for i, m := range models {
		group.Go(func() error {
			for _, source := range sourcesOf(m, c.config.Region, me.Account) {
				ok, err := c.mayUse(ctx, me, source, tags)
				if err != nil {
					return err
				}
				if ok {
					found[i] = source
					return nil
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(source string) bool { return source == "" }), nil
}

// mayUse reports whether a profile can be made of source, and called through.
func (c *client) mayUse(ctx context.Context, me callerIdentity, source string, tags map[string]string) (bool, error) {
	own := "arn:" + catalog.Partition(c.config.Region) + ":bedrock:" + c.config.Region + ":" + me.Account + ":application-inference-profile/"
	given, carried := []simulation.Key{}, []simulation.Key{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		given = append(given, simulation.Key{Name: "aws:RequestTag/" + key, Values: []string{tags[key]}})
		carried = append(carried, simulation.Key{Name: "aws:ResourceTag/" + key, Values: []string{tags[key]}})
	}
	if len(tags) > 0 {
		given = append(given, simulation.Key{Name: "aws:TagKeys", Values: slices.Sorted(maps.Keys(tags)), Multi: true})
	}
	questions := []simulation.Question{
		{Action: "bedrock:CreateInferenceProfile", Resource: own + "*", Context: given},
		{Action: "bedrock:CreateInferenceProfile", Resource: source, Context: given},
		{Action: "bedrock:InvokeModel", Resource: source, Via: own + "aaaaaaaaaaaa", Context: carried},
	}
	for _, q := range questions {
		q.Region = c.config.Region
		told, err := c.ask(ctx, "me", q)
		if err != nil || !told.Allowed {
			return false, err
		}
	}
	return true, nil
}

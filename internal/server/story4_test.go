package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"

	"hardpan/internal/audit"
	"hardpan/internal/catalog"
	"hardpan/internal/server"
)

// Story 4, step 1: a policy for one region is enforced in that region, for
// models and for profiles in each region that they may route to.

// named are the regions that the story names, and the geography of each.
var named = map[string]string{
	"us-east-1": "us", "us-west-2": "us", "eu-west-1": "eu", "eu-central-1": "eu",
	"ap-southeast-1": "apac", "ap-southeast-2": "apac", "ap-northeast-1": "apac",
}

const sonnet45 = "anthropic.claude-sonnet-4-5-20250929-v1:0"

// converseIn asks a model something in a region.
func (w *world) converseIn(k key, region, model string) error {
	_, err := converse(w.t.Context(), bedrockruntime.NewFromConfig(w.config(k, region)), model)
	return err
}

// last is the newest event of a model call.
func (w *world) lastCall() *audit.Event {
	w.t.Helper()
	events := w.events()
	for _, e := range slices.Backward(events) {
		if e.Service == "bedrock-runtime" {
			return e
		}
	}
	w.t.Fatal("no model call in the journal")
	return nil
}

func inRegion(region, resource string) string {
	return allow("bedrock:InvokeModel", "arn:aws:bedrock:"+region+":*:"+resource)
}

func TestStory4DestinationsAll(t *testing.T) {
	w := start(t)
	for at, geography := range named {
		t.Run(at, func(t *testing.T) {
			scoped, models := w.user(at+"-any", inRegion(at, "*")), w.user(at+"-models", inRegion(at, "foundation-model/*"))
			if err := w.converseIn(scoped, at, haiku3); err != nil {
				t.Error(err)
			}
			for other := range named {
				if other != at {
					refused(t, w.converseIn(scoped, other, haiku3), "AccessDeniedException", "on resource: arn:aws:bedrock:"+other+"::foundation-model/"+haiku3)
				}
			}
			profile := geography + "." + haiku3
			p, _ := catalog.FindProfile(profile)
			destinations, ok := p.Destinations(at)
			if !ok {
				t.Fatalf("%s cannot be called in %s", profile, at)
			}
			missing := slices.DeleteFunc(slices.Clone(destinations), func(r string) bool { return r == at })
			err := w.converseIn(scoped, at, profile)
			refused(t, err, "AccessDeniedException", "on resource: arn:aws:bedrock:"+missing[0]+"::foundation-model/"+haiku3)
			why := w.why(w.root, decisionID(t, err))
			for _, region := range missing {
				if !strings.Contains(why.Explanation.Summary+strings.Join(why.Explanation.Details, " "), region) {
					t.Errorf("%s is not among the missing: %s %v", region, why.Explanation.Summary, why.Explanation.Details)
				}
			}
			refused(t, w.converseIn(models, at, profile), "AccessDeniedException", "on resource: arn:aws:bedrock:"+at+":123456789012:inference-profile/"+profile)
			refused(t, w.converseIn(scoped, at, "global."+sonnet45), "AccessDeniedException", "on resource: arn:aws:bedrock:::foundation-model/"+sonnet45)
		})
	}
}

func TestStory4DestinationsAllowed(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.AllowedDestinations = func(a, _ string) bool { return a == account }
	})
	for at, geography := range named {
		t.Run(at, func(t *testing.T) {
			scoped, models := w.user(at+"-any", inRegion(at, "*")), w.user(at+"-models", inRegion(at, "foundation-model/*"))
			profile := geography + "." + haiku3
			own := w.profileIn(at, "Own", "arn:aws:bedrock:"+at+":123456789012:inference-profile/"+profile)
			for _, through := range []string{profile, "global." + sonnet45, own} {
				if err := w.converseIn(scoped, at, through); err != nil {
					t.Errorf("%s: %v", through, err)
					continue
				}
				if e := w.lastCall(); e.UsedRegion != at || !slices.Equal(e.CouldRegion, []string{at}) || len(e.Checks) < 3 {
					t.Errorf("%s: ran in %s, could in %v, %d checks", through, e.UsedRegion, e.CouldRegion, len(e.Checks))
				}
			}
			refused(t, w.converseIn(models, at, profile), "AccessDeniedException", "on resource: arn:aws:bedrock:"+at+":123456789012:inference-profile/"+profile)
			none := w.user(at+"-none", allow("bedrock:InvokeModel", "arn:aws:bedrock:*:123456789012:inference-profile/*"))
			err := w.converseIn(none, at, profile)
			refused(t, err, "AccessDeniedException", "on resource: arn:aws:bedrock:"+at+"::foundation-model/"+haiku3)
			remedy := w.why(w.root, decisionID(t, err)).proven(t)
			if strings.Count(remedy, "::foundation-model/") != 1 {
				t.Errorf("one destination is enough, and the remedy opens %s", remedy)
			}
		})
	}
}

// A policy that forbids other regions forbids global profiles, unless it names
// the region "unspecified".
func TestADenyOfOtherRegions(t *testing.T) {
	w := start(t)
	deny := func(regions string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:*","Resource":"*"},
			{"Effect":"Deny","Action":"bedrock:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":[` + regions + `]}}}]}`
	}
	strict, open := w.user("strict", deny(`"eu-west-1"`)), w.user("open", deny(`"eu-west-1","unspecified"`))
	err := w.converseIn(strict, "eu-west-1", "global."+sonnet45)
	refused(t, err, "AccessDeniedException", "on resource: arn:aws:bedrock:::foundation-model/"+sonnet45+" with an explicit deny in an identity-based policy")
	if err := w.converseIn(open, "eu-west-1", "global."+sonnet45); err != nil {
		t.Error(err)
	}
	refused(t, w.converseIn(open, "eu-west-1", "eu."+haiku3), "AccessDeniedException", "with an explicit deny in an identity-based policy")
}

package invocation

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	haiku  = "anthropic.claude-3-5-haiku-20241022-v1:0"
	sonnet = "anthropic.claude-sonnet-4-5-20250929-v1:0"
)

var oregon = Place{Partition: "aws", Region: "us-west-2", Account: "123456789012"}

// lines writes checks one to a line: what is checked where, and through what.
func lines(checks []Check) (list []string) {
	for _, c := range checks {
		line := strings.TrimPrefix(c.Action, "bedrock:") + " " + c.Resource + " @" + c.Region
		if c.Profile != "" {
			line += " via " + c.Profile[strings.LastIndex(c.Profile, "/")+1:]
		}
		list = append(list, line)
	}
	return list
}

func TestChecks(t *testing.T) {
	const model = "arn:aws:bedrock:us-west-2::foundation-model/"
	for _, tt := range []struct {
		name, identifier, action string
		want                     []string
	}{
		{"a model", haiku, InvokeModel, []string{"InvokeModel " + model + haiku + " @us-west-2"}},
		{"a model's ARN", model + haiku, InvokeModelStream, []string{"InvokeModelWithResponseStream " + model + haiku + " @us-west-2"}},
		{"a global profile", "global." + sonnet, InvokeModel, []string{
			"InvokeModel arn:aws:bedrock:us-west-2:123456789012:inference-profile/global." + sonnet + " @us-west-2",
			"InvokeModel " + model + sonnet + " @us-west-2 via global." + sonnet,
			"InvokeModel arn:aws:bedrock:::foundation-model/" + sonnet + " @unspecified via global." + sonnet,
		}},
		{"a geographic profile", "us." + sonnet, InvokeModel, []string{
			"InvokeModel arn:aws:bedrock:us-west-2:123456789012:inference-profile/us." + sonnet + " @us-west-2",
			"InvokeModel " + model + sonnet + " @us-west-2 via us." + sonnet,
			"InvokeModel arn:aws:bedrock:us-east-1::foundation-model/" + sonnet + " @us-east-1 via us." + sonnet,
			"InvokeModel arn:aws:bedrock:us-east-2::foundation-model/" + sonnet + " @us-east-2 via us." + sonnet,
		}},
		{"counting tokens is of a model only", "global." + sonnet, CountTokens, []string{
			"CountTokens " + model + sonnet + " @us-west-2 via global." + sonnet,
			"CountTokens arn:aws:bedrock:::foundation-model/" + sonnet + " @unspecified via global." + sonnet,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target, err := Resolve(oregon, tt.identifier)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, lines(target.Checks(tt.action))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A copy of a profile is checked in its own name; what it was copied from is not.
func TestThroughAnApplicationProfile(t *testing.T) {
	const own = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3d4e5f6"
	target, err := Through(oregon, own, "us."+sonnet)
	if err != nil {
		t.Fatal(err)
	}
	got := lines(target.Checks(InvokeModel))
	if len(got) != 4 || got[0] != "InvokeModel "+own+" @us-west-2" || !strings.HasSuffix(got[3], "via a1b2c3d4e5f6") {
		t.Errorf("checks %q", got)
	}
	if target.Named != "us."+sonnet || target.Profile != own {
		t.Errorf("a backend is asked for %s, through %s", target.Named, target.Profile)
	}
	for _, wrong := range []string{"a1b2c3d4e5f6", strings.Replace(own, "us-west-2", "us-east-1", 1), strings.Replace(own, "1234", "9999", 1)} {
		if _, err := Through(oregon, wrong, haiku); err == nil {
			t.Errorf("%s is taken for a profile of this place", wrong)
		}
	}
}

func TestRefusals(t *testing.T) {
	for identifier, want := range map[string]string{
		"anthropic.claude-sonnet-4": "The provided model identifier is invalid.",
		"eu." + sonnet:              "The provided model identifier is invalid.", // not from Oregon
		"arn:aws:bedrock:eu-west-1::foundation-model/" + haiku:                  "The provided model identifier is invalid.",
		"arn:aws:bedrock:us-west-2:123456789012:foundation-model/" + haiku:      "The provided model identifier is invalid.",
		"arn:aws:bedrock:us-west-2:999999999999:inference-profile/us." + sonnet: "The provided model identifier is invalid.",
		"arn:aws:bedrock:us-west-2:123456789012:provisioned-model/a1b2c3d4e5f6": "Hardpan does not serve provisioned-model resources in this release.",
		"arn:aws:bedrock:us-west-2:123456789012:inference-profile/" + haiku:     "The provided model identifier is invalid.",
		"arn:aws:bedrock:us-west-2::foundation-model/us." + sonnet:              "The provided model identifier is invalid.",
	} {
		_, err := Resolve(oregon, identifier)
		if refusal, ok := errors.AsType[*RefusalError](err); !ok || !strings.HasPrefix(refusal.Message, want) {
			t.Errorf("%s: %v, want %q", identifier, err, want)
		}
	}
}

// The refusal's apostrophe is typographic: clients look for it.
func TestOnDemand(t *testing.T) {
	bare, err := Resolve(oregon, sonnet)
	if err != nil {
		t.Fatal(err)
	}
	if err := bare.OnDemand(); err == nil || !strings.Contains(err.Error(), "isn\u2019t supported. Retry") {
		t.Errorf("a model that answers through profiles only: %v", err)
	}
	profile, err := Resolve(oregon, "us."+sonnet)
	if err != nil || profile.OnDemand() != nil || profile.Region() != "us-west-2" {
		t.Errorf("through a profile: %v, %v, runs in %s", err, profile.OnDemand(), profile.Region())
	}
}

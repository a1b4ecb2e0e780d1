package invocation

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApplication(t *testing.T) {
	const own = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3d4e5f6"
	for identifier, want := range map[string]string{
		own: "a1b2c3d4e5f6", "a1b2c3d4e5f6": "a1b2c3d4e5f6",
		"a1b2c3d4e5f": "", "A1b2c3d4e5f6": "", haiku: "", "us." + sonnet: "",
		"arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6": "",
		"arn:aws:bedrock:us-west-2:999999999999:application-inference-profile/a1b2c3d4e5f6": "",
		"arn:aws:bedrock:us-west-2:123456789012:inference-profile/a1b2c3d4e5f6":             "",
	} {
		id, ok := Application(oregon, identifier)
		if ok != (want != "") || ok && id != want {
			t.Errorf("%s: %q, %v", identifier, id, ok)
		}
	}
}

func TestChoices(t *testing.T) {
	target, err := Resolve(Place{"aws", "us-west-1", "123456789012"}, "us."+sonnet)
	if err != nil {
		t.Fatal(err)
	}
	needed, choices := target.Choices(InvokeModel)
	want := []string{
		"InvokeModel arn:aws:bedrock:us-west-1:123456789012:inference-profile/us." + sonnet + " @us-west-1",
		"InvokeModel arn:aws:bedrock:us-west-1::foundation-model/" + sonnet + " @us-west-1 via us." + sonnet,
		"InvokeModel arn:aws:bedrock:us-east-1::foundation-model/" + sonnet + " @us-east-1 via us." + sonnet,
		"InvokeModel arn:aws:bedrock:us-east-2::foundation-model/" + sonnet + " @us-east-2 via us." + sonnet,
		"InvokeModel arn:aws:bedrock:us-west-2::foundation-model/" + sonnet + " @us-west-2 via us." + sonnet,
	}
	if diff := cmp.Diff(want, lines(append(needed, choices...))); diff != "" {
		t.Error(diff)
	}
	kept := target.Within([]string{"us-east-2"})
	if kept.Region() != "us-east-2" || kept.Named != sonnet || len(kept.Others()) != len(target.Others()) {
		t.Errorf("kept within one region: %+v", kept)
	}
	if all := target.Within(slices.Clone(target.Regions)); all.Named != "us."+sonnet {
		t.Errorf("kept within all: asks for %s", all.Named)
	}
	if needed, _ := target.Choices(CountTokens); len(needed) != 0 {
		t.Errorf("counting tokens needs %q", lines(needed))
	}
}

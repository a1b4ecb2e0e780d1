package cedar_test

import (
	"maps"
	"testing"

	"hardpan/internal/cedar"
)

// What a record has of a caller makes the same caller again.
func TestReadPrincipal(t *testing.T) {
	for _, p := range []cedar.Principal{
		cedar.OAuthUser("a \"b\"\n\\ü", map[string]any{"role": "clerk", "groups": []any{"x"}, "n": 5.0, "none": nil}),
		cedar.OAuthUser("", nil), cedar.IAMEntity("arn:aws:iam::123456789012:user/foo"),
	} {
		got, err := cedar.ReadPrincipal(p.String(), p.Tags())
		if err != nil || got.String() != p.String() || !maps.Equal(got.Tags(), p.Tags()) {
			t.Errorf("%s: %s %v, %v", p, got, got.Tags(), err)
		}
	}
	for _, text := range []string{"", "x", `AgentCore::Gateway::"x"`, `AgentCore::OAuthUser::"x" more`, `AgentCore::OAuthUser`} {
		if got, err := cedar.ReadPrincipal(text, nil); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

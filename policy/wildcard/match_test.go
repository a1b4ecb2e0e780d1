package wildcard

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"?", "", false},
		{"?", "é", true},
		{"??", "é", false},
		{"a*", "a", true},
		{"*a", "ba", true},
		{"a*a", "a", false},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-c-b", false},
		{"*ab*ab*", "ab", false},
		{"*a?c*", "xxabcxx", true},
		{"*a?c*", "xxaabxx", false},
		{"*?", "", false},
		{"?*?", "ab", true},
		{"InvokeModel*", "InvokeModelWithResponseStream", true},
		{"A", "a", false},
	}
	for _, tt := range tests {
		if got := Match(Parse(tt.pattern), tt.text); got != tt.want {
			t.Errorf("Match(%q, %q) = %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func TestMatchFold(t *testing.T) {
	for _, pattern := range []string{"bedrock:invoke*", "BEDROCK:Invoke?odel", "*:*V?KE*", "bedrock:invokemodel"} {
		if !MatchFold(Parse(pattern), "bedrock:InvokeModel") {
			t.Errorf("%q does not match bedrock:InvokeModel without case", pattern)
		}
	}
	if MatchFold(Parse("bedrock:*Y"), "bedrock:InvokeModel") {
		t.Error("bedrock:*Y matches bedrock:InvokeModel")
	}
}

func TestBoundedPiecesStopAtColons(t *testing.T) {
	bounded := []Piece{{Text: "a"}, {Kind: Run, Bounded: true}, {Text: ":"}, {Kind: One, Bounded: true}}
	for text, want := range map[string]bool{"axx:y": true, "a:y": true, "a:x:y": false, "a::": false} {
		if got := Match(bounded, text); got != want {
			t.Errorf("a*:? with bounded wildcards against %q = %v, want %v", text, got, want)
		}
	}
}

// asRegexp is the oracle: the same pattern in Go's (linear) regular expressions.
func asRegexp(pieces []Piece, fold bool) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?s")
	if fold {
		b.WriteString("i")
	}
	b.WriteString(")^")
	for _, p := range pieces {
		class := "."
		if p.Bounded {
			class = "[^:]"
		}
		switch p.Kind {
		case Literal:
			b.WriteString(regexp.QuoteMeta(p.Text))
		case One:
			b.WriteString(class)
		case Run:
			b.WriteString(class + "*")
		}
	}
	return regexp.MustCompile(b.String() + "$")
}

func pieces(t *rapid.T) []Piece {
	piece := rapid.Custom(func(t *rapid.T) Piece {
		kind := rapid.SampledFrom([]Kind{Literal, Literal, One, Run}).Draw(t, "kind")
		if kind == Literal {
			return Piece{Text: rapid.StringOfN(rapid.SampledFrom([]rune("aAb:é")), 1, 3, -1).Draw(t, "text")}
		}
		return Piece{Kind: kind, Bounded: rapid.Bool().Draw(t, "bounded")}
	})
	return rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces")
}

func TestMatchAgreesWithRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pieces(t)
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aAb:é")), 0, 14, -1).Draw(t, "text")
		if got, want := Match(p, text), asRegexp(p, false).MatchString(text); got != want {
			t.Fatalf("Match(%+v, %q) = %v, want %v", p, text, got, want)
		}
	})
}

func TestMatchFoldAgreesWithRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pieces(t)
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aAb:")), 0, 14, -1).Draw(t, "text")
		if got, want := MatchFold(p, text), asRegexp(p, true).MatchString(text); got != want {
			t.Fatalf("MatchFold(%+v, %q) = %v, want %v", p, text, got, want)
		}
	})
}

// A hostile pattern may cost one pass over the text for each 64 characters of
// the pattern, and no more: work is counted, not time.
func TestWorkIsBounded(t *testing.T) {
	text := strings.Repeat("a", 20_000)
	hostile := []string{
		strings.Repeat("a*", 2_000) + "b",
		strings.Repeat("*a", 2_000) + "b*",
		"*" + strings.Repeat("a?", 2_000) + "b*",
		"*" + strings.Repeat("?*", 2_000) + "b?",
		strings.Repeat("*aaaaaaab", 400) + "*",
		"*" + strings.Repeat("a", 5_000) + "?b*",
	}
	for _, pattern := range hostile {
		p := Parse(pattern)
		for _, fold := range []bool{false, true} {
			m := matcher{fold: fold}
			if m.match(p, text) {
				t.Errorf("%.20s… matches", pattern)
			}
			if limit := len(text)*(len(pattern)/64+1) + len(pattern); m.work > limit {
				t.Errorf("%.20s… against %d bytes: %d steps, limit %d", pattern, len(text), m.work, limit)
			}
		}
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	for _, pattern := range []string{"a*b", "*a?b*", "a*b*c"} {
		p := Parse(pattern)
		if n := testing.AllocsPerRun(100, func() { Match(p, "aaaabbbbccc"); MatchFold(p, "aaaBBBccc") }); n != 0 {
			t.Errorf("%q: %v allocations", pattern, n)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range [][2]string{{"a*b", "axb"}, {"*?*", "é"}, {"arn:aws:bedrock:*::foundation-model/*", "arn:aws:bedrock:::foundation-model/x"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern) > 200 {
			return
		}
		p := Parse(pattern)
		if got, want := Match(p, text), asRegexp(p, false).MatchString(text); got != want {
			t.Fatalf("Match(%q, %q) = %v, want %v", pattern, text, got, want)
		}
	})
}

package arn

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	f.Add("arn:aws:iam::123456789012:user/foo")
	f.Add("arn:aws:bedrock:::foundation-model/x:0")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err == nil && a.String() != s {
			t.Fatalf("Parse(%q).String() = %q", s, a)
		}
	})
}

// inPart is a part of a pattern as a regular expression that does not leave it.
func inPart(part string) string {
	return strings.NewReplacer(`\*`, "[^:]*", `\?`, "[^:]").Replace(regexp.QuoteMeta(part))
}

func anywhere(part string) string {
	return strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(part))
}

func matches(expression, text string) bool {
	return regexp.MustCompile("(?s)^" + expression + "$").MatchString(text)
}

var patternSeeds = []string{
	"*", "arn:aws:bedrock", "arn:aws:bedrock:us-*-2::foundation-model/*", "arn:aws:bedrock:*:foundation-model/x", "arn:*:*:*:*:*", "arn:aws:bedrock:us-west-2?:foundation-model/x",
	"arn:aws:bedrock:eu-west-1:*:*", "arn:a**b:?*:*?::", ":::::", "arn:", "é?:*",
}

// FuzzResourcePattern compares with the rule of the Resource element as regular
// expressions, part by part.
func FuzzResourcePattern(f *testing.F) {
	for _, p := range patternSeeds {
		f.Add(p, "arn:aws:bedrock:us-west-2::foundation-model/x")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern) > 200 {
			return
		}
		part := strings.SplitN(pattern, ":", 6)
		reaches := false // a star that ends a part stands for what is missing
		for i, p := range part {
			switch end := strings.TrimRight(p, "*"); {
			case i == 5:
				part[i] = anywhere(p)
			case end != p:
				part[i], reaches = inPart(end)+".*", true
			default:
				part[i] = inPart(p)
			}
		}
		if len(part) > 1 && len(part) < 6 && part[0] == "arn" && !reaches {
			part = append(part, ".*")
		}
		want := matches(strings.Join(part, ":"), text)
		if got := ResourcePattern(pattern).Match(text); got != want {
			t.Fatalf("Resource %q against %q = %v, want %v", pattern, text, got, want)
		}
	})
}

// FuzzLikePattern compares with the rule of ArnLike: six parts, each by itself.
func FuzzLikePattern(f *testing.F) {
	for _, p := range patternSeeds {
		f.Add(p, "arn:aws:bedrock:us-west-2::foundation-model/x")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern) > 200 {
			return
		}
		p, ok := LikePattern(pattern)
		part, actual := strings.SplitN(pattern, ":", 6), strings.SplitN(text, ":", 6)
		want := len(part) == 6 && len(actual) == 6
		for i := 0; want && i < 6; i++ {
			want = matches(anywhere(part[i]), actual[i])
		}
		if got := ok && p.Match(text); got != want {
			t.Fatalf("ArnLike %q against %q = %v, want %v", pattern, text, got, want)
		}
	})
}

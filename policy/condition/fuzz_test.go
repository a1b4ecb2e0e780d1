package condition

import (
	"strings"
	"testing"
)

// resolve replaces variables one after another, from the left: the rule itself.
func resolve(pattern string, c *Context) (text string, ok bool) {
	before, rest, found := strings.Cut(pattern, "${")
	if !found {
		return pattern, true
	}
	inner, rest, closed := strings.Cut(rest, "}")
	if !closed {
		return pattern, true
	}
	after, ok := resolve(rest, c)
	if inner == "*" || inner == "?" || inner == "$" {
		return before + inner + after, ok
	}
	key, fallback, hasDefault := strings.Cut(inner, ",")
	fallback = strings.TrimSpace(fallback)
	hasDefault = hasDefault && len(fallback) >= 2 && strings.HasPrefix(fallback, "'") && strings.HasSuffix(fallback, "'")
	if !hasDefault {
		key = inner
	}
	if e, there := c.Find(strings.TrimSpace(key)); there && !e.Multi {
		return before + e.Values[0] + after, ok
	}
	if !hasDefault {
		return "", false
	}
	return before + fallback[1:len(fallback)-1] + after, ok
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"${aws:username}", "${aws:nothing, 'x'}", "a${*}b${?}${$}", "${", "${}", "${aws:username", "$${aws:username}}", "*${aws:PrincipalTag/Star}?", "${aws:TagKeys,'}", "${ aws:username }"} {
		f.Add(s, "foo")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		c := ctx()
		plain := NewTemplate(pattern, Syntax{Variables: true})
		resolved, ok := plain.Resolve(c)
		if want, wantOK := resolve(pattern, c); ok != wantOK || ok && resolved != want {
			t.Fatalf("%q resolves to %q, %v, want %q, %v", pattern, resolved, ok, want, wantOK)
		}
		if ok && !plain.Match(resolved, c) {
			t.Fatalf("%q does not match what it resolves to, %q", pattern, resolved)
		}
		like := NewTemplate(pattern, Syntax{Variables: true, Wildcards: true})
		prefix, middle, suffix := like.Literals()
		if like.Match(text, c) && (!strings.HasPrefix(text, prefix) || !strings.HasSuffix(text, suffix) || !strings.Contains(text, middle)) {
			t.Fatalf("%q matches %q without its prefix %q, middle %q and suffix %q", pattern, text, prefix, middle, suffix)
		}
	})
}

// FuzzCondition tries every operator: Find says what Holds says, a negated
// operator is the opposite of its positive one where both sides are of its type,
// and IfExists changes nothing for a key that is there.
func FuzzCondition(f *testing.F) {
	for _, s := range [][2]string{{"a*", "abc"}, {"10", "10.0"}, {"2020-04-01", "1585699200"}, {"2001:db8::/32", "2001:db8::1"}, {"arn:*:*:*:*:*", "arn:aws:iam::1:role/a"}, {"QQ==", "A"}, {"${aws:username}", "foo"}, {"true", "TRUE"}, {"fe80::1%eth0", "fe80::1%eth0"}, {"2020-01-01T00:00:00.5+01:00", "-1"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, wanted, actual string) {
		c := ctx(actual)
		for base, op := range operators {
			plain := holds(t, base, []string{wanted}, c)
			if base == nullOperator {
				continue
			}
			if holds(t, base+"IfExists", []string{wanted}, c) != plain {
				t.Fatalf("%sIfExists %q against %q differs from %s", base, wanted, actual, base)
			}
			positive := strings.Replace(base, "Not", "", 1)
			if op.negated && plain && holds(t, positive, []string{wanted}, c) {
				t.Fatalf("%s and %s %q both hold for %q", base, positive, wanted, actual)
			}
			for _, prefix := range []string{"ForAllValues:", "ForAnyValue:"} {
				if actual != "" && holds(t, prefix+base, []string{wanted}, c) != plain {
					t.Fatalf("%s%s %q differs from %s for the one value %q", prefix, base, wanted, base, actual)
				}
			}
		}
	})
}

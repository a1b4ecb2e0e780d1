package condition

import (
	"slices"
	"strings"
	"testing"
)

const key = "test:Key"

// ctx has one single-valued key for one value, a multivalued one otherwise; no
// values: the key is missing.
func ctx(values ...string) *Context {
	c := NewContext(nil)
	switch len(values) {
	case 0:
	case 1:
		c.Set(key, "request", values[0])
	default:
		c.SetMany(key, "request", values)
	}
	c.Set("aws:username", "principal", "foo")
	c.Set("aws:PrincipalTag/Star", "principal", "*")
	c.SetMany("aws:TagKeys", "request", []string{"a"})
	return c
}

func holds(t *testing.T, operator string, wanted []string, c *Context) bool {
	t.Helper()
	cond, err := Compile(operator, key, wanted, true)
	if err != nil {
		t.Fatal(err)
	}
	got := cond.Holds(c)
	if f := cond.Find(c); f.Holds != got {
		t.Errorf("%s: Find says %v, Holds %v", operator, f.Holds, got)
	}
	return got
}

// TestSingleValues is each operator with one value in the request.
func TestSingleValues(t *testing.T) {
	const arnA = "arn:aws:iam::123456789012:role/a"
	tests := []struct {
		operator, wanted, actual string
		want                     bool
	}{
		{"StringEquals", "abc", "abc", true},
		{"StringEquals", "abc", "ABC", false},
		{"StringEquals", "a*", "abc", false},
		{"StringEquals", "a*", "a*", true},
		{"StringEquals", "${aws:username}", "foo", true},
		{"StringEquals", "u-${aws:username}-x", "u-foo-x", true},
		{"StringEquals", "${*}", "*", true},
		{"StringEquals", "", "", true},
		{"StringNotEquals", "abc", "abc", false},
		{"StringNotEquals", "abc", "abd", true},
		{"StringNotEquals", "${aws:nothing}", "abc", true},
		{"StringEquals", "${aws:nothing}", "${aws:nothing}", false},
		{"StringEqualsIgnoreCase", "abc", "ABC", true},
		{"StringEqualsIgnoreCase", "É", "é", true},
		{"StringEqualsIgnoreCase", "X-${aws:username}", "x-FOO", true},
		{"StringEqualsIgnoreCase", "${aws:username}", "FOO", true},
		{"StringNotEqualsIgnoreCase", "abc", "ABC", false},
		{"StringLike", "a*c", "abbc", true},
		{"StringLike", "a?c", "abbc", false},
		{"StringLike", "A*", "abc", false},
		{"StringLike", "${*}", "x", false},
		{"StringLike", "${aws:PrincipalTag/star}", "anything", false},
		{"StringLike", "${aws:PrincipalTag/star}", "*", true},
		{"StringLike", "${aws:username}/*", "foo/bar", true},
		{"StringLike", "${aws:TagKeys}", "a", false}, // multivalued keys are no variables
		{"StringLike", "${aws:nothing, 'd*'}", "d*", true},
		{"StringLike", "${aws:nothing, 'd*'}", "dx", false}, // a default is literal too
		{"StringNotLike", "a*c", "abbc", false},

		{"NumericEquals", "10", "10.0", true},
		{"NumericEquals", "10", "+10", true},
		{"NumericEquals", "0.3", "0.30", true},
		{"NumericEquals", "10", "ten", false},
		{"NumericEquals", "${aws:username}", "foo", false},
		{"NumericNotEquals", "10", "11", true},
		{"NumericNotEquals", "10", "ten", false},
		{"NumericNotEquals", "ten", "10", false},
		{"NumericLessThan", "10", "9.99", true},
		{"NumericLessThan", "10", "10", false},
		{"NumericLessThanEquals", "10", "10", true},
		{"NumericLessThanEquals", "10", "-11", true},
		{"NumericGreaterThan", "10", "9223372036854775808", true},
		{"NumericGreaterThan", "-1.5", "-1.25", true},
		{"NumericGreaterThanEquals", "10", "9", false},
		{"NumericEquals", "1e3", "1000", false},
		{"NumericEquals", "1/2", "0.5", false},

		{"DateEquals", "2020-04-01T00:00:00Z", "1585699200", true},
		{"DateEquals", "2020-04-01", "2020-04-01T02:00:00+02:00", true},
		{"DateEquals", "2020-04", "2020-04-01T00:00:00.000Z", true},
		{"DateNotEquals", "2020-04-01", "2020-04-02", true},
		{"DateNotEquals", "2020-04-01", "soon", false},
		{"DateLessThan", "2020-04-01T12:00:00Z", "2020-04-01T11:59:59Z", true},
		{"DateLessThanEquals", "2020-04-01", "2020-04-01", true},
		{"DateGreaterThan", "2020-04-01", "2020-03-31", false},
		{"DateGreaterThanEquals", "2020-04-01", "2026-01-01T00:00Z", true},
		{"DateEquals", "2020-13-01", "2020-13-01", false},

		{"Bool", "true", "TRUE", true},
		{"Bool", "false", "true", false},
		{"Bool", "yes", "yes", false},
		{"Bool", "${aws:nothing, 'true'}", "true", true},
		{"BinaryEquals", "QmFzZTY0", "Base64", true},
		{"BinaryEquals", "QmFzZTY0", "QmFzZTY0", false},
		{"BinaryEquals", "***", "***", false},

		{"IpAddress", "203.0.113.0/24", "203.0.113.9", true},
		{"IpAddress", "203.0.113.0/24", "203.0.114.9", false},
		{"IpAddress", "203.0.113.9", "203.0.113.9", true},
		{"IpAddress", "2001:db8::/32", "2001:db8::1", true},
		{"IpAddress", "203.0.113.0/24", "2001:db8::1", false},
		{"IpAddress", "203.0.113.0/24", "::ffff:203.0.113.9", true},
		{"IpAddress", "203.0.113.0/24", "here", false},
		{"NotIpAddress", "203.0.113.0/24", "203.0.113.9", false},
		{"NotIpAddress", "203.0.113.0/24", "2001:db8::1", true},
		{"NotIpAddress", "203.0.113.0/24", "here", false},

		{"ArnEquals", arnA, arnA, true},
		{"ArnLike", "arn:aws:iam::*:role/*", arnA, true},
		{"ArnLike", "arn:aws:*:role/*", arnA, false},
		{"ArnLike", "arn:aws:iam::*:role/${aws:username}", "arn:aws:iam::123456789012:role/foo", true},
		{"ArnLike", "arn:aws:iam::*:role/${aws:nothing}", arnA, false},
		{"ArnLike", "arn:AWS:iam::*:role/*", arnA, false},
		{"ArnNotEquals", arnA, arnA, false},
		{"ArnNotLike", "arn:aws:iam::*:user/*", arnA, true},
		{"ArnLike", "*", arnA, false},
		{"StringLike", "*", arnA, true},

		{"Null", "true", "x", false},
		{"Null", "false", "x", true},
		{"Null", "false", "", true}, // an empty value is a value
	}
	for _, tt := range tests {
		if got := holds(t, tt.operator, []string{tt.wanted}, ctx(tt.actual)); got != tt.want {
			t.Errorf("%s %q against %q = %v, want %v", tt.operator, tt.wanted, tt.actual, got, tt.want)
		}
		positive := !strings.Contains(tt.operator, "Not") && tt.operator != "Null"
		for _, prefix := range []string{"ForAllValues:", "ForAnyValue:"} {
			if tt.actual == "" || !positive {
				continue
			}
			if got := holds(t, prefix+tt.operator, []string{tt.wanted}, ctx(tt.actual)); got != tt.want {
				t.Errorf("%s%s %q against %q = %v, want %v", prefix, tt.operator, tt.wanted, tt.actual, got, tt.want)
			}
		}
	}
}

// TestMissingKey is every operator with every qualifier on a key that is not
// there, that has no values, and, under set operators, that is an empty string.
func TestMissingKey(t *testing.T) {
	empty := NewContext(nil)
	empty.SetMany(key, "request", nil)
	for base, op := range operators {
		if base == nullOperator {
			continue
		}
		wants := map[string]bool{
			base: op.negated, base + "IfExists": true,
			"ForAllValues:" + base: true, "ForAllValues:" + base + "IfExists": true,
			"ForAnyValue:" + base: false, "ForAnyValue:" + base + "IfExists": true,
		}
		for operator, want := range wants {
			contexts := []*Context{nil, ctx(), empty}
			if strings.Contains(operator, ":") {
				contexts = append(contexts, ctx(""))
			}
			for i, c := range contexts {
				if got := holds(t, operator, []string{"1"}, c); got != want {
					t.Errorf("%s on a missing key (%d) = %v, want %v", operator, i, got, want)
				}
			}
		}
	}
	for wanted, want := range map[string]bool{"true": true, "false": false} {
		if got := holds(t, "Null", []string{wanted}, ctx()); got != want {
			t.Errorf("Null %s on a missing key = %v, want %v", wanted, got, want)
		}
	}
}

// TestManyValues is the set operators, and none, on several values.
func TestManyValues(t *testing.T) {
	tests := []struct {
		operator       string
		wanted, actual []string
		want           bool
	}{
		{"ForAllValues:StringEquals", []string{"a", "b"}, []string{"a", "b"}, true},
		{"ForAllValues:StringEquals", []string{"a", "b"}, []string{"a", "c"}, false},
		{"ForAnyValue:StringEquals", []string{"a", "b"}, []string{"c", "b"}, true},
		{"ForAnyValue:StringEquals", []string{"a", "b"}, []string{"c", "d"}, false},
		{"ForAllValues:StringNotEquals", []string{"a", "b"}, []string{"c", "d"}, true},
		{"ForAllValues:StringNotEquals", []string{"a", "b"}, []string{"a", "d"}, false},
		{"ForAnyValue:StringNotEquals", []string{"a", "b"}, []string{"a", "d"}, true},
		{"ForAnyValue:StringNotEquals", []string{"a", "b"}, []string{"a", "b"}, false},
		{"ForAllValues:StringLike", []string{"cost-*"}, []string{"cost-1", "cost-2"}, true},
		{"ForAnyValue:NumericLessThan", []string{"3"}, []string{"5", "2"}, true},
		{"ForAllValues:ArnLike", []string{"arn:aws:iam::*:role/*"}, []string{"arn:aws:iam::1:role/a", "x"}, false},
		{"StringEquals", []string{"a"}, []string{"b", "a"}, true},
		{"StringNotEquals", []string{"a"}, []string{"b", "a"}, false},
		{"StringNotEquals", []string{"a"}, []string{"b", "c"}, true},
		{"ForAnyValue:StringEqualsIfExists", []string{"a"}, []string{"b", "c"}, false},
		{"ForAllValues:StringEquals", []string{"a"}, []string{"a", ""}, false},
	}
	for _, tt := range tests {
		if got := holds(t, tt.operator, tt.wanted, ctx(tt.actual...)); got != tt.want {
			t.Errorf("%s %q against %q = %v, want %v", tt.operator, tt.wanted, tt.actual, got, tt.want)
		}
	}
}

func TestSeveralWantedValues(t *testing.T) {
	if !holds(t, "StringEquals", []string{"a", "b"}, ctx("b")) || holds(t, "StringNotEquals", []string{"a", "b"}, ctx("b")) {
		t.Error("values of a key are alternatives; a negated operator wants none of them")
	}
}

func TestOldVersionHasNoVariables(t *testing.T) {
	c, err := Compile("StringEquals", key, []string{"${aws:username}"}, false)
	if err != nil {
		t.Fatal(err)
	}
	if c.Holds(ctx("foo")) || !c.Holds(ctx("${aws:username}")) {
		t.Error("in version 2008-10-17 a variable is literal text")
	}
	like, err := Compile("StringLike", key, []string{"${*}"}, false)
	if err != nil {
		t.Fatal(err)
	}
	if !like.Holds(ctx("${anything}")) {
		t.Error("in version 2008-10-17 ${*} is a wildcard between braces")
	}
}

func TestParseOperator(t *testing.T) {
	for base := range operators {
		for _, q := range qualifierPrefix {
			for _, suffix := range []string{"", "IfExists"} {
				name := q + base + suffix
				op, err := ParseOperator(name)
				if base == nullOperator && suffix != "" {
					if err == nil {
						t.Errorf("%s is accepted", name)
					}
					continue
				}
				if err != nil || op.String() != name {
					t.Errorf("ParseOperator(%q) = %q, %v", name, op, err)
				}
			}
		}
	}
	for _, name := range []string{"", "stringEquals", "BinaryNotEquals", "BoolNot", "IfExists", "ForAllValues:", "ForSomeValues:StringEquals", "StringEqualsIfExistsIfExists"} {
		if _, err := ParseOperator(name); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

func TestContext(t *testing.T) {
	parent := NewContext(nil)
	parent.Set("aws:PrincipalTag/Team", "principal", "red")
	parent.Set("aws:username", "principal", "foo")
	child := NewContext(parent)
	child.Set("AWS:principaltag/TEAM", "session", "blue")
	child.SetMany("aws:TagKeys", "request", []string{"a", "b\xff"})

	if v, ok := child.Get("aws:principalTag/team"); !ok || v[0] != "blue" {
		t.Errorf("the child's value does not win: %q", v)
	}
	if v, ok := parent.Get("aws:principalTag/team"); !ok || v[0] != "red" {
		t.Errorf("the parent changed: %q", v)
	}
	if v, _ := child.Get("aws:tagkeys"); !slices.Equal(v, []string{"a", "b\uFFFD"}) {
		t.Errorf("TagKeys %q", v)
	}
	var all []string
	for e := range child.All() {
		all = append(all, e.Key+"="+e.Values[0]+" from "+e.Origin)
	}
	want := []string{"AWS:principaltag/TEAM=blue from session", "aws:TagKeys=a from request", "aws:username=foo from principal"}
	if !slices.Equal(all, want) {
		t.Errorf("All %q, want %q", all, want)
	}
	if _, ok := (*Context)(nil).Get("x"); ok {
		t.Error("a nil context has keys")
	}
	if n := testing.AllocsPerRun(100, func() { child.Get("AWS:UserName") }); n != 0 {
		t.Errorf("Get allocates %v times", n)
	}
}

func TestNonASCIIKey(t *testing.T) {
	c := NewContext(nil)
	c.Set("aws:PrincipalTag/Ärger", "principal", "x")
	if _, ok := c.Get("aws:principaltag/ÄRGER"); !ok {
		t.Error("keys outside ASCII compare with case")
	}
}

func TestHoldsDoesNotAllocate(t *testing.T) {
	tests := []struct{ operator, wanted, actual string }{
		{"StringLike", "${aws:username}*", "foobar"},
		{"StringEquals", "x", "y"},
		{"StringEqualsIgnoreCase", "${aws:username}", "FOO"},
		{"ArnLike", "arn:aws:iam::*:role/${aws:username}", "arn:aws:iam::1:role/foo"},
		{"NumericEquals", "5", "6"},
		{"DateLessThan", "2020-01-01", "2026-11-22T10:00:00Z"},
		{"Bool", "true", "True"},
		{"IpAddress", "10.0.0.0/8", "203.0.113.9"},
		{"Null", "true", "x"},
	}
	for _, tt := range tests {
		cond, err := Compile(tt.operator, key, []string{tt.wanted}, true)
		if err != nil {
			t.Fatal(err)
		}
		c := ctx(tt.actual)
		if n := testing.AllocsPerRun(100, func() { cond.Holds(c) }); n != 0 {
			t.Errorf("%s allocates %v times", tt.operator, n)
		}
	}
}

func TestFinding(t *testing.T) {
	cond, err := Compile("StringLike", key, []string{"${aws:username}/*"}, true)
	if err != nil {
		t.Fatal(err)
	}
	f := cond.Find(ctx("bar/x"))
	if f.Holds || f.Missing || f.Wanted[0] != "${aws:username}/*" || f.Resolved[0] != "foo/*" || f.Actual[0] != "bar/x" || f.Origin != "request" {
		t.Errorf("finding %+v", f)
	}
	if f := cond.Find(ctx()); !f.Missing {
		t.Errorf("finding %+v for a missing key", f)
	}
}

// Variables before the fifth colon of a resource are no variables.
func TestResourceVariables(t *testing.T) {
	const wanted = "arn:aws:bedrock:us-west-2:123456789012:prompt/foo"
	for pattern, want := range map[string]bool{
		"arn:aws:bedrock:*:*:prompt/${aws:username}":                                       true,
		"arn:aws:bedrock:*:*:prompt/${aws:nothing}":                                        false,
		"arn:aws:bedrock:*:*:prompt/${aws:nothing, 'foo'}":                                 true,
		"arn:aws:bedrock:${aws:region, 'us-west-2'}:123456789012:prompt/foo":               false,
		"arn:aws:bedrock:us-west-2:123456789012:prompt/${aws:PrincipalTag/Star}":           false,
		"arn:aws:bedrock:us-west-2:123456789012:prompt/f${aws:nothing, ''}o${aws:x, 'o'}*": true,
	} {
		template := NewResource(pattern, true)
		if got := template.Match(wanted, ctx()); got != want {
			t.Errorf("%s matches: %v, want %v", pattern, got, want)
		}
		if prefix, middle, suffix := template.Literals(); !strings.HasPrefix(pattern, prefix) || !strings.HasSuffix(pattern, suffix) || !strings.Contains(pattern, middle) {
			t.Errorf("%s: prefix %q, middle %q, suffix %q", pattern, prefix, middle, suffix)
		}
	}
}

func TestLiterals(t *testing.T) {
	for pattern, want := range map[string][3]string{
		"abc":                     {"abc", "", "abc"},
		"":                        {"", "", ""},
		"a*b":                     {"a", "", "b"},
		"a*bb?c*d":                {"a", "bb", "d"},
		"*${aws:username}*":       {"", "", ""},
		"a${x}bb${y}ccc*d":        {"a", "ccc", "d"},
		"a${*}b*c${?}d*e${$}f":    {"a*b", "c?d", "e$f"},
		"${aws:username}-suffix":  {"", "", "-suffix"},
		"prefix-${aws:username}":  {"prefix-", "", ""},
		"${unclosed*middle*x":     {"${unclosed", "middle", "x"},
		"arn:aws:bedrock:*::a/b*": {"arn:aws:bedrock:", "::a/b", ""},
	} {
		template := NewTemplate(pattern, Syntax{Variables: true, Wildcards: true})
		prefix, middle, suffix := template.Literals()
		if got := [3]string{prefix, middle, suffix}; got != want {
			t.Errorf("Literals of %q = %q, want %q", pattern, got, want)
		}
	}
}

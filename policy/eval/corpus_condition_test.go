package eval

import (
	"fmt"
	"strings"
)

// operatorRule is a row of AWS's table of condition operators (IAM User Guide,
// "Condition operators"): values of a policy, two values of a request that they
// stand for, and two that they do not. A negated operator turns that round.
type operatorRule struct {
	operator string
	negated  bool
	wanted   []string
	hits     [2]string
	misses   [2]string
}

func operatorRules() []operatorRule {
	families := []struct {
		positive, negated []string
		wanted            []string
		hits, misses      [2]string
	}{
		{[]string{"StringEquals"}, []string{"StringNotEquals"}, []string{"red", "b*e"}, [2]string{"red", "b*e"}, [2]string{"Red", "blue"}},
		{[]string{"StringEqualsIgnoreCase"}, []string{"StringNotEqualsIgnoreCase"}, []string{"red", "Blue"}, [2]string{"RED", "blue"}, [2]string{"reds", "green"}},
		{[]string{"StringLike"}, []string{"StringNotLike"}, []string{"r*d", "b?ue"}, [2]string{"red", "blue"}, [2]string{"reddish", "Blue"}},
		{[]string{"NumericEquals"}, []string{"NumericNotEquals"}, []string{"10", "20.5"}, [2]string{"10.0", "20.50"}, [2]string{"11", "-10"}},
		{[]string{"NumericLessThan"}, nil, []string{"10", "20"}, [2]string{"-9", "19.99"}, [2]string{"20", "21"}},
		{[]string{"NumericLessThanEquals"}, nil, []string{"10", "20"}, [2]string{"10", "20"}, [2]string{"20.01", "300"}},
		{[]string{"NumericGreaterThan"}, nil, []string{"10", "20"}, [2]string{"10.5", "300"}, [2]string{"10", "-11"}},
		{[]string{"NumericGreaterThanEquals"}, nil, []string{"10", "20"}, [2]string{"10", "20"}, [2]string{"9.99", "-20"}},
		{[]string{"DateEquals"}, []string{"DateNotEquals"}, []string{"2026-03-01T00:00:00Z", "1772409600"}, [2]string{"2026-03-01T01:00:00+01:00", "2026-03-02"}, [2]string{"2026-03-01T00:00:01Z", "2027-03-01"}},
		{[]string{"DateLessThan"}, nil, []string{"2026-03-01T00:00:00Z"}, [2]string{"2026-02-28T23:59:59Z", "0"}, [2]string{"2026-03-01", "2026-03-02"}},
		{[]string{"DateLessThanEquals"}, nil, []string{"2026-03-01T00:00:00Z"}, [2]string{"2026-03-01", "2025-12-31"}, [2]string{"2026-03-01T00:00:01Z", "2026-03-02"}},
		{[]string{"DateGreaterThan"}, nil, []string{"2026-03-01T00:00:00Z"}, [2]string{"2026-03-01T00:00:01Z", "2026-03-02"}, [2]string{"2026-03-01", "2026-02-28"}},
		{[]string{"DateGreaterThanEquals"}, nil, []string{"2026-03-01T00:00:00Z"}, [2]string{"2026-03-01", "2026-03-02"}, [2]string{"2026-02-28T23:59:59Z", "0"}},
		{[]string{"Bool"}, nil, []string{"true"}, [2]string{"true", "TRUE"}, [2]string{"false", "False"}},
		{[]string{"BinaryEquals"}, nil, []string{"aGFyZHBhbg==", "cm9jaw=="}, [2]string{"hardpan", "rock"}, [2]string{"aGFyZHBhbg==", "sand"}},
		{[]string{"IpAddress"}, []string{"NotIpAddress"}, []string{"203.0.113.0/24", "2001:db8::/32"}, [2]string{"203.0.113.7", "2001:db8::7"}, [2]string{"203.0.114.7", "2001:db9::7"}},
		{[]string{"ArnEquals", "ArnLike"}, []string{"ArnNotEquals", "ArnNotLike"}, []string{"arn:aws:iam::*:role/ops-*", "arn:aws:iam::123456789012:user/f?o"}, [2]string{"arn:aws:iam::123456789012:role/ops-1", "arn:aws:iam::123456789012:user/foo"}, [2]string{"arn:aws:iam::1:2:role/ops-1", "arn:aws:iam::123456789012:user/Foo"}},
	}
	var rules []operatorRule
	for _, f := range families {
		for _, name := range f.positive {
			rules = append(rules, operatorRule{name, false, f.wanted, f.hits, f.misses})
		}
		for _, name := range f.negated {
			rules = append(rules, operatorRule{name, true, f.wanted, f.hits, f.misses})
		}
	}
	return rules
}

// A form is how an operator is written.
const (
	formPlain       = ""
	formIfExists    = "IfExists"
	formAll         = "ForAllValues"
	formAny         = "ForAnyValue"
	formAllIfExists = "ForAllValues-IfExists"
	formAnyIfExists = "ForAnyValue-IfExists"
)

// presences are the ways in which a request has the key: for each of its values,
// whether the policy's values stand for it. A key without values is missing.
var presences = []struct {
	name   string
	values []bool
	many   bool
	text   string
}{
	{"missing", nil, false, "the key is missing"},
	{"one-fits", []bool{true}, false, "one value, for which a value of the policy stands"},
	{"one-differs", []bool{false}, false, "one value, for which no value of the policy stands"},
	{"all-fit", []bool{true, true}, true, "several values, all of which the policy's values stand for"},
	{"some-fit", []bool{true, false}, true, "several values, some of which the policy's values stand for"},
	{"none-fit", []bool{false, false}, true, "several values, none of which the policy's values stand for"},
	{"empty", nil, true, "a multivalued key without values, which counts as missing"},
}

// conditionRule is the truth of a condition. A missing key: false, but true for a
// negated operator, under IfExists, and under ForAllValues. ForAllValues: every
// value of the request is right. ForAnyValue: at least one is. Neither, and
// several values: AWS advises against it and leaves it open; Hardpan takes one
// right value, or for a negated operator no wrong one.
func conditionRule(form string, negated bool, values []bool) bool {
	if len(values) == 0 {
		switch form {
		case formPlain:
			return negated
		case formAny:
			return false
		}
		return true
	}
	right := 0
	for _, stands := range values {
		if stands != negated {
			right++
		}
	}
	switch {
	case form == formAll, form == formAllIfExists, negated && (form == formPlain || form == formIfExists):
		return right == len(values)
	}
	return right > 0
}

func conditionCases() []ruleCase {
	var cases []ruleCase
	for _, rule := range operatorRules() {
		for _, form := range []string{formPlain, formIfExists, formAll, formAny, formAllIfExists, formAnyIfExists} {
			for i := range presences {
				set := form != formPlain && form != formIfExists
				absentOnly := form == formAllIfExists || form == formAnyIfExists
				if presences[i].name == "empty" && !set || absentOnly && presences[i].values != nil {
					continue
				}
				cases = append(cases, rule.one("Allow", form, i), rule.one("Deny", form, i))
			}
		}
	}
	return cases
}

// one is the case of one effect, form and presence.
func (rule operatorRule) one(effect, form string, at int) ruleCase {
	p := presences[at]
	operator := rule.operator
	if prefix, rest, found := strings.Cut(form, "-"); found {
		operator = prefix + ":" + operator + rest
	} else if form == formIfExists {
		operator += form
	} else if form != formPlain {
		operator = form + ":" + operator
	}
	request := fields{{"principal", ruleUser}, {"action", ruleAction}, {"resource", ruleResource}}
	var values []string
	next := map[bool]int{}
	for _, stands := range p.values {
		from := rule.misses
		if stands {
			from = rule.hits
		}
		values = append(values, from[next[stands]])
		next[stands]++
	}
	switch {
	case p.many && values == nil:
		request = append(request, [2]string{"keys", "test:Key = []"})
	case p.many:
		request = append(request, [2]string{"keys", "test:Key = " + jsonText(values)})
	case values != nil:
		request = append(request, [2]string{"key", "test:Key = " + values[0]})
	}
	condition := fmt.Sprintf(`"Condition": {"%s": {"test:Key": %s}}`, operator, jsonText(rule.wanted))
	name := strings.Trim(form+"-"+p.name, "-")
	return conditional(effect, rule.operator+"/"+name, operator, p.text, condition, request, conditionRule(form, rule.negated, p.values))
}

// conditional is a case that stands and falls with one condition: the only Allow
// has it, or the only Deny.
func conditional(effect, file, operator, text, condition string, request fields, holds bool) ruleCase {
	statement := fmt.Sprintf(`{"Effect": "%s", "Action": "*", "Resource": "*", %s}`, effect, condition)
	c := ruleCase{
		file:    "condition/" + strings.Replace(file, "/", "/"+strings.ToLower(effect)+"-", 1) + ".txtar",
		why:     fmt.Sprintf("%s in %s %s: %s.", operator, map[string]string{"Allow": "an", "Deny": "a"}[effect], effect, text),
		request: request,
	}
	doc := document(statement)
	if effect == "Deny" {
		doc = document(`{"Effect": "Allow", "Action": "*", "Resource": "*"}`, statement)
	}
	c.policies = []casePolicy{{layer: LayerIdentity, name: "inline", text: doc}}
	switch {
	case effect == "Allow" && !holds:
		c.want = fields{{"verdict", verdictImplicit}, {"layer", "identity"}, {"message", silentText(ruleUser, "identity")}}
	case effect == "Deny" && holds:
		c.want = fields{{"verdict", verdictExplicit}, {"layer", "identity"}, {"statement", "inline#1"}, {"message", denyText(ruleUser, "identity", "")}}
	default:
		c.want = fields{{"verdict", verdictAllow}, {"layer", "identity"}, {"statement", "inline#0"}}
	}
	return c
}

// nullCases: Null asks whether the key is absent; an empty value is a value, no
// values are none.
func nullCases() []ruleCase {
	var cases []ruleCase
	for _, effect := range []string{"Allow", "Deny"} {
		for _, wanted := range []string{"true", "false"} {
			for _, p := range []struct {
				name, text string
				absent     bool
				key        [2]string
			}{
				{"missing", "the key is missing", true, [2]string{}},
				{"empty", "a multivalued key without values", true, [2]string{"keys", "test:Key = []"}},
				{"one", "the key has a value", false, [2]string{"key", "test:Key = red"}},
				{"blank", "the key has an empty value", false, [2]string{"key", `test:Key = ""`}},
				{"many", "the key has several values", false, [2]string{"keys", `test:Key = ["red","blue"]`}},
			} {
				request := fields{{"principal", ruleUser}, {"action", ruleAction}, {"resource", ruleResource}}
				if p.key[0] != "" {
					request = append(request, p.key)
				}
				condition := fmt.Sprintf(`"Condition": {"Null": {"test:Key": "%s"}}`, wanted)
				cases = append(cases, conditional(effect, "Null/"+wanted+"-"+p.name, "Null "+wanted, p.text, condition, request, p.absent == (wanted == "true")))
			}
		}
	}
	return cases
}

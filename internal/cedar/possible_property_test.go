package cedar_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hardpan/internal/cedar"
)

// fields are the properties of refund that the random policies look at, with tests of
// each, and inputs of which one behaves as any input would.
var fields = map[string]struct {
	required bool
	tests    []string
	inputs   []string // JSON
}{
	"order": {true, []string{
		`context.input.order == "a"`, `context.input.order != "ab"`, `context.input.order like "a*"`, `context.input.order like "*b"`,
		`context.input.order like "*a*"`, `context.input.order like "b*a"`, `["a", "bb"].contains(context.input.order)`,
		`context.input.order == principal.getTag("role")`, `"sup" == context.input.order`,
	}, append(words(), `"sup"`, `"clerk"`)},
	"amount": {false, []string{
		`context.input.amount < 1`, `context.input.amount > 2`, `context.input.amount >= 2`, `2 >= context.input.amount`,
		`context.input.amount == 3`, `context.input.amount != 1`, `[1, 3].contains(context.input.amount)`,
	}, []string{"-1", "0", "1", "2", "3", "4"}},
	"express": {false, []string{`context.input.express`, `context.input.express == true`, `context.input.express != true`}, []string{"true", "false"}},
	"rate": {false, []string{
		`context.input.rate.lessThan(decimal("0.5"))`, `context.input.rate.greaterThanOrEqual(decimal("0.5"))`,
		`context.input.rate == decimal("0.5001")`, `decimal("0.5002").greaterThan(context.input.rate)`,
	}, []string{"0", "0.4999", "0.5", "0.5001", "0.5002", "0.5003"}},
	"tags": {false, []string{
		`context.input.tags.contains("a")`, `context.input.tags.containsAll(["a", "b"])`, `context.input.tags.containsAny(["b", "c"])`,
		`context.input.tags.isEmpty()`, `context.input.tags == ["a"]`, `["a", "b"].containsAll(context.input.tags)`,
	}, subsets("a", "b", "c", "x")},
	"codes": {false, []string{
		`context.input.codes.contains(1)`, `context.input.codes.containsAny([2, 3])`, `context.input.codes != [1, 2]`, `[1, 2].containsAny(context.input.codes)`,
	}, []string{"[]", "[1]", "[2]", "[3]", "[1,2]", "[1,3]", "[2,3]", "[1,2,3]", "[9]", "[1,9]", "[2,9]", "[3,9]", "[1,2,9]", "[1,3,9]", "[2,3,9]", "[1,2,3,9]"}},
	"address": {false, []string{
		`context.input.address.country == "a"`, `context.input.address has lines`, `context.input.address.lines > 1`,
		`context.input.address has lines && context.input.address.lines < 3`,
	}, []string{
		`{"country":"a"}`, `{"country":"b"}`, `{"country":"a","lines":1}`, `{"country":"a","lines":2}`, `{"country":"a","lines":3}`,
		`{"country":"b","lines":1}`, `{"country":"b","lines":2}`, `{"country":"b","lines":3}`,
	}},
}

// words returns all strings of at most three of the characters a, b and x.
func words() []string {
	all := []string{""}
	for from := 0; len(all) < 40; {
		to := len(all)
		for _, word := range all[from:to] {
			for _, r := range "abx" {
				all = append(all, word+string(r))
			}
		}
		from = to
	}
	for i, word := range all {
		all[i] = `"` + word + `"`
	}
	return all
}

func subsets(elements ...string) []string {
	var all []string
	for chosen := range 1 << len(elements) {
		members := []string{}
		for i, element := range elements {
			if chosen&(1<<i) != 0 {
				members = append(members, element)
			}
		}
		text, _ := json.Marshal(members)
		all = append(all, string(text))
	}
	return all
}

// free are tests that do not look at the input. The third fails for a principal without
// the tag.
var free = []string{"true", "false", `principal.getTag("team") == "x"`, `principal.hasTag("role")`, `principal.getTag("role") == "sup"`, `principal.id == "u-1"`, `context.system.now < datetime("2026-01-01")`}

// opaque are tests that are not seen through.
var opaque = []string{
	`context.input.amount + 1 > 3`, `context.input.order == context.input.address.country`, `context.input.tags.contains(context.input.order)`,
	`ip("10.0.0.1").isInRange(ip(context.input.order))`, `context.input.address == {"country": "a"}`, `principal.hasTag(context.input.order)`,
	`context.input has amount && context.input has rate && context.input.amount * 2 == 4`, `(if context.input.express then 1 else 2) == 1`,
}

// expression draws a condition about some fields, with opaque tests if hard.
func expression(t *rapid.T, about []string, depth int, hard bool) string {
	sub := func() string { return expression(t, about, depth-1, hard) }
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	if depth == 0 && kind < 5 {
		kind += 5
	}
	switch kind {
	case 0, 1:
		return "(" + sub() + " && " + sub() + ")"
	case 2:
		return "(" + sub() + " || " + sub() + ")"
	case 3:
		return "!(" + sub() + ")"
	case 4:
		return "(if " + sub() + " then " + sub() + " else " + sub() + ")"
	case 5:
		return rapid.SampledFrom(free).Draw(t, "free")
	}
	if hard && kind == 6 {
		return rapid.SampledFrom(opaque).Draw(t, "opaque")
	}
	name := rapid.SampledFrom(about).Draw(t, "field")
	test := rapid.SampledFrom(fields[name].tests).Draw(t, "test")
	if !fields[name].required && kind < 9 {
		return "(context.input has " + name + " && " + test + ")"
	}
	return test
}

// inputs returns all inputs with the fields, and without them where that can be.
func inputs(about []string) []string {
	all := []string{""}
	for _, name := range about {
		var next []string
		for _, input := range all {
			if !fields[name].required {
				next = append(next, input)
			}
			for _, value := range fields[name].inputs {
				next = append(next, input+fmt.Sprintf(",%q:%s", name, value))
			}
		}
		all = next
	}
	for i, input := range all {
		if !strings.Contains(input, `"order"`) {
			input += `,"order":"a"`
		}
		all[i] = "{" + input[1:] + "}"
	}
	return all
}

// draw draws policies about some fields.
func draw(t *rapid.T, schema *cedar.Schema, hard bool) (set *cedar.Set, about []string) {
	names := []string{"order", "amount", "express", "rate", "tags", "codes", "address"}
	about = rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 2, rapid.ID[string]).Draw(t, "about")
	var list []cedar.Policy
	for i := range rapid.IntRange(1, 4).Draw(t, "policies") {
		effect := rapid.SampledFrom([]string{"permit", "permit", "forbid"}).Draw(t, "effect")
		clause := rapid.SampledFrom([]string{"when", "when", "unless"}).Draw(t, "clause")
		statement := fmt.Sprintf("%s%s %s { %s };", effect, on, clause, expression(t, about, 2, hard))
		list = append(list, cedar.Policy{ID: fmt.Sprintf("p%d", i), Statement: statement})
	}
	set, err := cedar.NewSet(schema, list...)
	if err != nil {
		t.Fatal(err)
	}
	return set, about
}

// anyInput decides all inputs for a caller until one does what is asked for.
func anyInput(t *rapid.T, set *cedar.Set, who cedar.Principal, about []string, is func(cedar.Decision) bool) bool {
	for _, arguments := range inputs(about) {
		input, err := set.Schema().Input(gatewayARN, refund, json.RawMessage(arguments))
		if err != nil {
			t.Fatal(err)
		}
		if is(set.Decide(cedar.Request{Principal: who, Gateway: gatewayARN, Action: refund, Input: input, Now: now})) {
			t.Logf("%s: %s", who, arguments)
			return true
		}
	}
	return false
}

func allowed(d cedar.Decision) bool { return d.Allowed }

// compare compares what is listed with what trying inputs finds.
func compare(t *rapid.T, schema *cedar.Schema, hard bool) (listed, found bool, got cedar.Possibility) {
	set, about := draw(t, schema, hard)
	who := rapid.SampledFrom([]cedar.Principal{supervisor, clerk}).Draw(t, "who")
	got = set.View(who, gatewayARN, now).CouldAllow(refund)
	return got.Allowed, anyInput(t, set, who, about, allowed), got
}

// What some input could be allowed is listed, and nothing else: for random policies, as
// trying all inputs finds.
func TestCouldAllowIsWhatInputsFind(t *testing.T) {
	schema := shopSchema(t)
	outcomes := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		listed, found, got := compare(t, schema, false)
		if listed != found || !got.Exact {
			t.Fatalf("got %+v, and an input is allowed: %v", got, found)
		}
		outcomes[listed]++
	})
	if outcomes[true] < 10 || outcomes[false] < 10 {
		t.Errorf("%v: the policies are too much alike", outcomes)
	}
}

// Where policies are not seen through, nothing is hidden that some input is allowed.
func TestCouldAllowHidesNothing(t *testing.T) {
	schema := shopSchema(t)
	outcomes := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		listed, found, got := compare(t, schema, true)
		if found && !listed || listed && got.Exact && !found {
			t.Fatalf("got %+v, and an input is allowed: %v", got, found)
		}
		outcomes[listed]++
	})
	if outcomes[true] < 10 || outcomes[false] < 10 {
		t.Errorf("%v: the policies are too much alike", outcomes)
	}
}

// Of a policy that is said never to match nobody finds a match, and nobody can call a
// tool that nobody can call.
func TestFindingsAreTrue(t *testing.T) {
	schema := shopSchema(t)
	everybody := []cedar.Principal{supervisor, clerk, cedar.OAuthUser("u-3", nil), cedar.OAuthUser("u-4", map[string]any{"team": "x", "role": "a"})}
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		set, about := draw(t, schema, true)
		for _, f := range set.Findings() {
			try := set
			switch {
			case f.Rule == cedar.RulePolicyNeverMatches:
				p := set.Policies()[slices.IndexFunc(set.Policies(), func(p cedar.Policy) bool { return p.ID == f.Policy })]
				p.Statement = "permit" + strings.TrimPrefix(strings.TrimPrefix(p.Statement, "permit"), "forbid")
				alone, err := cedar.NewSet(schema, p)
				if err != nil {
					t.Fatal(err)
				}
				try = alone
			case f.Rule != cedar.RuleNobodyCanCall || f.Action != refund:
				continue
			}
			outcomes[f.Rule]++
			for _, who := range everybody {
				if anyInput(t, try, who, about, allowed) {
					t.Fatalf("%+v is not true", f)
				}
			}
		}
	})
	if outcomes[cedar.RuleNobodyCanCall] == 0 || outcomes[cedar.RulePolicyNeverMatches] == 0 {
		t.Errorf("%v: nothing was found", outcomes)
	}
}

func FuzzCouldAllow(f *testing.F) {
	schema := shopSchema(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		if listed, found, got := compare(t, schema, false); listed != found || !got.Exact {
			t.Fatalf("got %+v, and an input is allowed: %v", got, found)
		}
	}))
}

package cedar_test

import (
	"encoding/json"
	"errors"
	"testing"

	"hardpan/internal/cedar"
)

// Arguments become values of their Cedar types.
func TestInput(t *testing.T) {
	schema := shopSchema(t)
	for _, c := range []struct{ arguments, want string }{
		{`{"order":"A"}`, `{"order":"A"}`},
		{`{"order":"A","amount":5.0,"rate":0.123456,"express":true,"tags":["b","b"]}`, `{"amount":5, "express":true, "order":"A", "rate":decimal("0.1234"), "tags":["b"]}`},
		{`{"order":"A","rate":-0.99999}`, `{"order":"A", "rate":decimal("-0.9999")}`},
		{`{"order":"A","rate":1e3,"amount":9223372036854775807}`, `{"amount":9223372036854775807, "order":"A", "rate":decimal("1000.0")}`},
		{`{"order":"A","amount":null,"tags":[null,"x"]}`, `{"order":"A", "tags":["x"]}`},
		{`{"order":"A","address":{"country":"DE","unknown":{"x":[1,2]}}}`, `{"address":{"country":"DE"}, "order":"A"}`},
	} {
		in, err := schema.Input(gatewayARN, refund, json.RawMessage(c.arguments))
		if err != nil || in.String() != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.arguments, in, err, c.want)
		}
	}
}

// Arguments that are off their schema are refused, with the place.
func TestInputRefusals(t *testing.T) {
	schema := shopSchema(t)
	for _, c := range []struct{ arguments, want string }{
		{``, `argument "order" of Refunds___refund is required and not given`},
		{`{"order":null}`, `argument "order" of Refunds___refund is required and not given`},
		{`{"order":5}`, `argument "order" of Refunds___refund is not a string`},
		{`{"order":"A","amount":5.5}`, `argument "amount" of Refunds___refund is 5.5, not an integer`},
		{`{"order":"A","amount":9223372036854775808}`, `argument "amount" of Refunds___refund is too large: an integer has at most 64 bits`},
		{`{"order":"A","amount":1e999999999}`, `argument "amount" of Refunds___refund is too large: an integer has at most 64 bits`},
		{`{"order":"A","rate":1e16}`, `argument "rate" of Refunds___refund is too large: a number has at most 15 digits before its point`},
		{`{"order":"A","express":"true"}`, `argument "express" of Refunds___refund is not a boolean`},
		{`{"order":"A","tags":"x"}`, `argument "tags" of Refunds___refund is not an array`},
		{`{"order":"A","tags":[1]}`, `argument "tags[]" of Refunds___refund is not a string`},
		{`{"order":"A","address":{}}`, `argument "address.country" of Refunds___refund is required and not given`},
		{`{"order":"A","address":"x"}`, `argument "address" of Refunds___refund is not an object`},
		{`{"order":"A","extra":1}`, `argument "extra" of Refunds___refund is not in the input schema`},
		{`{"order":"A","amount":1,"amount":900}`, `argument "amount" of Refunds___refund is given twice`},
		{`[]`, `the arguments of Refunds___refund are not an object`},
		{`null`, `the arguments of Refunds___refund are null, not an object`},
		{`{"order":"A"} {}`, `the arguments of Refunds___refund are followed by more text`},
		{`{"order":`, `the arguments of Refunds___refund are no JSON: they end too early`},
	} {
		_, err := schema.Input(gatewayARN, refund, json.RawMessage(c.arguments))
		var wrong *cedar.InputError
		if !errors.As(err, &wrong) || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.arguments, err, c.want)
		}
	}
}

// Claims are tags, and all of them strings.
func TestTags(t *testing.T) {
	p := cedar.OAuthUser("u-1", map[string]any{
		"email": "foo@example.com", "groups": []any{"emea", "leads"}, "level": float64(3), "big": json.Number("12345678901234567890"),
		"verified": true, "none": nil, "address": map[string]any{"country": "DE"},
	})
	for name, want := range map[string]string{
		"email": "foo@example.com", "groups": `["emea","leads"]`, "level": "3", "big": "12345678901234567890", "verified": "true", "address": `{"country":"DE"}`,
	} {
		if got, ok := p.Tag(name); !ok || got != want {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if _, ok := p.Tag("none"); ok {
		t.Error("a null claim is a tag")
	}
	if got, want := cedar.IAMEntity("arn:aws:sts::123456789012:assumed-role/Clerk/a").String(), `AgentCore::IamEntity::"arn:aws:sts::123456789012:assumed-role/Clerk/a"`; got != want {
		t.Errorf("got %s", got)
	}
}

package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

const full = `{
  "Version": "2012-10-17",
  "Id": "x",
  "Statement": [
    {"Sid": "A1", "Effect": "Allow", "Action": "bedrock:*", "Resource": ["*"]},
    {"Effect": "Deny", "NotAction": ["iam:Get*", "sts:*"], "NotResource": "arn:aws:s3:::b/${aws:username}",
     "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"s3:max-keys": ["10", 20.5]}}},
    {"Effect": "Allow", "Principal": {"AWS": ["123456789012", "*"], "Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"},
    {"Effect": "Deny", "NotPrincipal": "*", "Action": [], "Resource": "<&>é"}
  ]
}`

func TestParse(t *testing.T) {
	doc, err := Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	if doc.Version != Version2012 || doc.ID != "x" || len(doc.Statements) != 4 || !doc.Variables() {
		t.Fatalf("document %+v", doc)
	}
	s := doc.Statements[1]
	if s.Pos != (Position{Line: 6, Column: 5, Offset: strings.Index(full, `{"Effect": "Deny", "NotAction"`)}) {
		t.Errorf("the second statement is at %+v", s.Pos)
	}
	v := s.Conditions[1].Keys[0].Values.Values[1]
	column := strings.Index(strings.Split(full, "\n")[6], "20.5") + 1
	if v.Text != "20.5" || !v.Bare || v.Pos.Line != 7 || v.Pos.Column != column {
		t.Errorf("the last value of the condition is %+v", v)
	}
	if b := s.Conditions[0].Keys[0].Values; b.Values[0].Text != "false" || !b.Single {
		t.Errorf("the boolean is %+v", b)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ text, message string }{
		{``, `line 1, column 1: the document is empty`},
		{`[]`, `line 1, column 1: a policy must be an object`},
		{`{"Version":"2012-10-17"}`, `line 1, column 1: a policy must have at least one statement`},
		{`{"Statement":[]}`, `at least one statement`},
		{"{\"Statement\":{\n \"Effect\":\"Allow\",\n \"Effect\":\"Deny\"}}", `line 3, column 2: duplicate key "Effect": it stands on line 2, column 2 already`},
		{`{"Statement":{"Effect":"Allow","Condition":{"Bool":{"a":"b","a":"c"}}}}`, `duplicate key "a"`},
		{`{"Statement":{"Effect":"Allow","Condition":{"Bool":{},"Bool":{}}}}`, `duplicate key "Bool"`},
		{`{"Statement":{"Effect":"Allow","\u0045ffect":"Allow"}}`, `duplicate key "Effect"`},
		{`{"statement":{}}`, `"statement" is not an element of a policy: it is spelled "Statement"`},
		{`{"Statement":{"effect":"Allow"}}`, `it is spelled "Effect"`},
		{`{"Statement":{"Colour":"Allow"}}`, `"Colour" is not an element of a statement`},
		{`{"Statement":{"Action":"a:b"}}`, `the statement has no Effect`},
		{`{"Statement":{"Effect":"Perhaps"}}`, `Effect must be Allow or Deny, not "Perhaps"`},
		{`{"Statement":{"Effect":"Allow","Action":"a:b","NotAction":"a:b"}}`, `Action or NotAction, not both`},
		{`{"Statement":{"Effect":"Allow","Resource":"*","NotResource":"*"}}`, `Resource or NotResource, not both`},
		{`{"Statement":{"Effect":"Allow","Principal":"*","NotPrincipal":"*"}}`, `Principal or NotPrincipal, not both`},
		{`{"Statement":{"Effect":"Allow","Action":1}}`, `Action must be a string or a list of strings`},
		{`{"Statement":{"Effect":"Allow","Action":["a",["b"]]}}`, `Action must be a string or a list of strings`},
		{`{"Statement":{"Effect":"Allow","Resource":null}}`, `Resource must be a string`},
		{`{"Statement":{"Effect":"Allow","Principal":"foo"}}`, `Principal must be "*" or an object`},
		{`{"Statement":{"Effect":"Allow","Principal":{"aws":"foo"}}}`, `it is spelled "AWS"`},
		{`{"Statement":{"Effect":"Allow","Condition":[]}}`, `Condition must be an object`},
		{`{"Statement":{"Effect":"Allow","Condition":{"Bool":"x"}}}`, `condition operator Bool must be an object`},
		{`{"Statement":{"Effect":"Allow","Condition":{"Bool":{"a":{}}}}}`, `a value of condition key a must be`},
		{`{"Statement":{"Effect":"Allow","Condition":{"Bool":{"a":null}}}}`, `a value of condition key a must be`},
		{`{"Statement":"x"}`, `Statement must be an object or a list of objects`},
		{`{"Statement":[1]}`, `a statement must be an object`},
		{`{"Version":2012,"Statement":{}}`, `Version must be a string`},
		{"{\n  \"Statement\": [1,,]}", `line 2, column 19: not JSON`},
		{`{"Statement":{}} x`, `not JSON`},
		{`{"Statement":`, `it ends too early`},
		{"{\"Statement\":\"\u3042\"}", `line 1, column 15: character U+3042 is not allowed`},
		{"{\"Statement\":\"\x01\"}", `character U+0001 is not allowed`},
		{"{\"Statement\":\"\xff\"}", `not UTF-8`},
		{"\ufeff{}", `character U+FEFF`},
		{`{"Statement":` + strings.Repeat(" ", MaxSize) + `1}`, `longer than 131072 bytes`},
		{`{"Statement":` + strings.Repeat("[", 60_000) + strings.Repeat("]", 60_000) + `}`, `exceeded max depth`},
		{`{"Statement":` + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000) + `}`, `a statement must be an object`},
	}
	for _, tt := range tests {
		_, err := Parse([]byte(tt.text))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.message) {
			t.Errorf("Parse(%.60q) = %v, want %q", tt.text, err, tt.message)
		}
	}
}

// samePolicy ignores where things stand.
var samePolicy = cmp.Options{cmpopts.IgnoreTypes(Position{}), cmpopts.EquateEmpty()}

func TestPrintRoundTrip(t *testing.T) {
	doc, err := Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if diff := cmp.Diff(doc, again, samePolicy); diff != "" {
		t.Error(diff)
	}
	raw, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), `"<&>é"`) || !strings.Contains(string(raw), `["10",20.5]`) {
		t.Errorf("printed %s", raw)
	}
}

func drawList(t *rapid.T, label string) *List {
	values := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("a:*?${}\"\\ é")), 0, 6, -1), 0, 3).Draw(t, label)
	l := Strings(values...)
	l.Single = len(values) == 1 && rapid.Bool().Draw(t, label+" single")
	return l
}

func TestEveryDocumentRoundTrips(t *testing.T) { rapid.Check(t, roundTrips) }

// FuzzPrint lets the fuzzer choose the documents that are printed and read back.
func FuzzPrint(f *testing.F) {
	for i := range byte(16) {
		seed := make([]byte, 8<<10)
		rand.NewChaCha8([32]byte{i}).Read(seed)
		f.Add(seed)
	}
	f.Fuzz(rapid.MakeFuzz(roundTrips))
}

func roundTrips(t *rapid.T) {
	doc := &Document{Version: rapid.SampledFrom([]string{"", Version2008, Version2012}).Draw(t, "version")}
	for i := range rapid.IntRange(1, 3).Draw(t, "statements") {
		s := Statement{Effect: rapid.SampledFrom([]string{Allow, Deny}).Draw(t, "effect"), Sid: fmt.Sprintf("S%d", i)}
		if rapid.Bool().Draw(t, "not") {
			s.NotAction, s.NotResource = drawList(t, "NotAction"), drawList(t, "NotResource")
		} else {
			s.Action, s.Resource = drawList(t, "Action"), drawList(t, "Resource")
		}
		if rapid.Bool().Draw(t, "principal") {
			s.Principal = &Principal{Kinds: []PrincipalKind{{Name: "AWS", Values: *drawList(t, "AWS")}}}
		}
		if rapid.Bool().Draw(t, "condition") {
			s.Conditions = []Operator{{Name: "StringLike", Keys: []Key{{Name: "aws:username", Values: *drawList(t, "values")}}}}
		}
		doc.Statements = append(doc.Statements, s)
	}
	doc.OneStatement = len(doc.Statements) == 1 && rapid.Bool().Draw(t, "one")
	text, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if diff := cmp.Diff(doc, again, samePolicy); diff != "" {
		t.Fatal(diff)
	}
}

func TestSize(t *testing.T) {
	if got := Size([]byte("{ \"a\" :\t\"é\"\r\n}")); got != 9 {
		t.Errorf("Size = %d, want 9", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`))
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Condition":{"Bool":{"a":[true,1e9]}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := Parse(text)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Offset > len(text) {
				t.Fatalf("error %#v", err)
			}
			return
		}
		printed, err := doc.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(string(printed), func(c rune) bool { return c > 0xFF }) {
			return // written as an escape, printed as a character that no document may hold
		}
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%v in %s", err, printed)
		}
		if diff := cmp.Diff(doc, again, samePolicy); diff != "" {
			t.Fatal(diff)
		}
	})
}

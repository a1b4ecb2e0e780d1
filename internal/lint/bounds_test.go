package lint

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hardpan/policy"
	"hardpan/policy/wildcard"
)

// Whatever is thrown at it, lint answers soon. The limit is far above what any of
// these takes, and far below what a fault of the order of growth would take.
func TestHostile(t *testing.T) {
	const limit = time.Minute
	wrap := func(text string) string { return `{"Version":"2012-10-17","Statement":[` + text + `]}` }
	fill := func(one string) string {
		n := (policy.MaxSize - 100) / (len(one) + 1)
		return strings.TrimSuffix(strings.Repeat(one+",", n), ",")
	}
	statement := func(action, resource string) string {
		return `{"Effect":"Allow","Action":[` + action + `],"Resource":[` + resource + `]}`
	}
	for name, text := range map[string]string{
		"ten megabytes":         `{"a":"` + strings.Repeat("x", 10<<20) + `"}`,
		"ten megabytes of [":    strings.Repeat("[", 10<<20),
		"deep":                  strings.Repeat("[", policy.MaxSize/2) + strings.Repeat("]", policy.MaxSize/2),
		"invalid UTF-8":         "{\"Version\": \"\xff\xfe\"}",
		"a million wildcards":   wrap(statement(`"bedrock:`+strings.Repeat("*?", 20_000)+`"`, `"arn:aws:bedrock:`+strings.Repeat("*?", 20_000)+`"`)),
		"many wildcards":        wrap(statement(`"bedrock:*"`, fill(`"arn:aws:bedrock:*:*:*i*n*f*e*r*e*n*c*e*"`))),
		"many actions":          wrap(statement(fill(`"bedrock:*e*o*l*"`), `"*"`)),
		"many unknown actions":  wrap(statement(fill(`"bedrock:InvokeModell"`), `"*"`)),
		"many statements":       wrap(fill(`{"Effect":"Allow","Action":"*","Resource":"*"}`)),
		"many denies":           wrap(fill(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`)),
		"many profiles":         wrap(statement(`"bedrock:InvokeModel"`, fill(`"arn:aws:bedrock:*:*:inference-profile/*"`))),
		"many kinds of tagging": wrap(fill(`{"Effect":"Allow","Action":"bedrock:*","Resource":"arn:aws:bedrock:*:*:*","Condition":{"StringEquals":{"aws:ResourceTag/a":"b"}}}`)),
		"many models":           wrap(fill(`{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0"}`)),
		"many ways around":      wrap(fill(`{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":["arn:aws:bedrock:*:*:application-inference-profile/*","arn:aws:bedrock:*::foundation-model/*"]}`)),
		"many variables":        wrap(statement(`"bedrock:InvokeModel"`, `"arn:aws:bedrock:`+strings.Repeat("${a:b}", 20_000)+`"`)),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			found := Check(Document{Text: []byte(text)})[0]
			if took := time.Since(began); took > limit {
				t.Errorf("took %s", took)
			} else {
				t.Logf("%d bytes, %d findings, %s", len(text), len(found), took.Round(time.Millisecond))
			}
			if len(found) == 0 || len(found) > maxFindings {
				t.Errorf("%d findings", len(found))
			}
			for _, f := range found {
				if f.Position.Line < 1 || f.Position.Column < 1 || f.Message == "" {
					t.Fatalf("%+v", f)
				}
			}
		})
	}
}

// Two patterns overlap where some text fits both: found by trying all short texts.
func TestOverlap(t *testing.T) {
	var texts []string
	for _, a := range []string{"", "a", "b", ":"} {
		for _, b := range []string{"", "a", "b", ":"} {
			for _, c := range []string{"", "a", "b", ":"} {
				for _, d := range []string{"", "a", "b", ":"} {
					texts = append(texts, a+b+c+d)
				}
			}
		}
	}
	pattern := rapid.StringMatching(`[ab*?]{0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := pattern.Draw(t, "a"), pattern.Draw(t, "b")
		want := false
		for _, text := range texts {
			want = want || wildcard.Match(wildcard.Parse(a), text) && wildcard.Match(wildcard.Parse(b), text)
		}
		got := overlap(a, b)
		// A common text may need more letters than were tried, but never fewer.
		if want && !got || got && !want && len(strings.Trim(a, "*"))+len(strings.Trim(b, "*")) <= 4 {
			t.Errorf("overlap(%q, %q) = %v, want %v", a, b, got, want)
		}
		if got != overlap(b, a) {
			t.Errorf("overlap(%q, %q) depends on the order", a, b)
		}
	})
}

// Nothing panics on what the parser reads, of any kind, and fixes that are printed
// are policies.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:*"}}`), uint8(0))
	f.Add([]byte(`{"Statement":[{"Effect":"Deny","NotAction":[],"NotResource":["arn:"],"Condition":{"ForAnyValue:StringNotEquals":{"aws:TagKeys":[]},"Null":{"x":true}}}]}`), uint8(3))
	f.Add([]byte(`{"Statement":[{"Effect":"Allow","Action":["bedrock:TagResource"],"Condition":{"StringLike":{"aws:RequestTag/a":["${aws:username, 'x'}"],"aws:ResourceTag/a":"*"}}}]}`), uint8(0))
	f.Add([]byte(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"<account>"},"Action":"bedrock:Converse","Resource":"arn:aws:bedrock:${a:b}"}]}`), uint8(1))
	f.Add([]byte("{\"Id\":\"\xff\"}"), uint8(2))
	f.Fuzz(func(t *testing.T, text []byte, kind uint8) {
		for _, found := range Check(Document{Text: text, Kind: policy.Kind(kind % 7)})[0] {
			if found.Fix == nil || found.Fix.Document == nil {
				continue
			}
			if _, err := policy.Parse(found.Fix.Document); err != nil && !bytes.Contains(text, []byte("[]")) {
				t.Errorf("%s: the fix %s cannot be read: %v", found.Rule, found.Fix.Document, err)
			}
		}
	})
}

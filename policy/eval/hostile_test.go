//go:build !race

package eval

import (
	"runtime"
	"strings"
	"testing"

	"hardpan/policy"
)

// TestHostilePatterns: patterns of a million wildcards are compiled and tested in
// memory that grows with the pattern once and, for a test, with the request only.
func TestHostilePatterns(t *testing.T) {
	const million = 1_000_000
	request := "arn:aws:bedrock:us-west-2::foundation-model/" + strings.Repeat("a", 2_000)
	for name, pattern := range map[string]string{
		"stars":               strings.Repeat("*", million),
		"question marks":      strings.Repeat("?", million),
		"stars and questions": strings.Repeat("*?", million/2),
		"a star a letter":     strings.Repeat("*a", million/2) + "b",
		"as long as the text": "*" + strings.Repeat("a?", 1_000) + "b*",
		"in an ARN":           "arn:aws:bedrock:" + strings.Repeat("*?", 500) + ":*:" + strings.Repeat("a*?", million/3),
		"escapes":             "arn:aws:bedrock:*:*:" + strings.Repeat("${*}", million/4),
		"variables":           "arn:aws:bedrock:*:*:" + strings.Repeat("${aws:username}*", million/10),
	} {
		t.Run(name, func(t *testing.T) {
			doc := &policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{
				Effect: policy.Deny, Action: policy.Strings("bedrock:*", strings.Repeat("*?", 100)), Resource: policy.Strings(pattern),
				Conditions: []policy.Operator{{Name: "StringLike", Keys: []policy.Key{{Name: "aws:username", Values: *policy.Strings(pattern)}}}},
			}}}
			var s *Subject
			compiling := allocated(func() { s = &Subject{Identity: NewSet(Compile(doc, Source{Layer: LayerIdentity}))} })
			if limit := uint64(400 * len(pattern)); compiling > limit {
				t.Errorf("compiling %d bytes allocates %d, limit %d", len(pattern), compiling, limit)
			}
			r := &Request{Action: "bedrock:InvokeModel", Resource: request, Context: keys("aws:username", strings.Repeat("a", 2_000))}
			evaluating := allocated(func() { s.Evaluate(r) })
			if limit := uint64(1 << 20); name != "variables" && evaluating > limit {
				t.Errorf("a request of %d bytes allocates %d, limit %d", len(request), evaluating, limit)
			}
			if limit := uint64(400 * len(pattern)); evaluating > limit {
				t.Errorf("evaluating %d bytes of pattern allocates %d, limit %d", len(pattern), evaluating, limit)
			}
		})
	}
}

// allocated is how many bytes do asks for.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

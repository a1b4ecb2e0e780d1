package policy

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

// allocated is how many bytes do asks for.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

const megabyte = 1 << 20

// TestHostileDocuments: a clear error with its place, and memory that does not
// grow with what was sent. Bytes are counted, not time.
func TestHostileDocuments(t *testing.T) {
	tests := []struct {
		name, text, message string
		line, column        int
	}{
		{"10 MB of blanks", strings.Repeat(" ", 10*megabyte), "longer than 131072 bytes", 1, MaxSize + 1},
		{"10 MB of lines", strings.Repeat("\n", 10*megabyte), "longer than 131072 bytes", MaxSize + 1, 1},
		{"10 MB of braces", strings.Repeat("{", 10*megabyte), "longer than 131072 bytes", 1, MaxSize + 1},
		{"a million wildcards", resource(strings.Repeat("*?", 500_000)), "longer than 131072 bytes", 1, MaxSize + 1},
		{"10 MB of broken UTF-8", strings.Repeat("\xff", 10*megabyte), "longer than 131072 bytes", 1, MaxSize + 1},
		{"broken UTF-8 in line 2", "{\"Version\":\n  \"\xc3\x28\"}", "not UTF-8", 2, 4},
		{"half a character at the end", "{\"Version\": \"\xc3", "not UTF-8", 1, 14},
		{"a lone surrogate", `{"Version":"2012-10-17","Statement":{"Effect":"\ud800"}}`, "Effect must be Allow or Deny", 1, 47},
		{"deep lists", strings.Repeat("[", 100_000), "exceeded max depth", 1, 10_001},
		{"deep objects", strings.Repeat(`{"a":`, 20_000), "exceeded max depth", 1, 50_001},
		{"deep in a value", `{"Statement":{"Effect":"Allow","Action":` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + `}}`, "Action must be a string", 1, 42},
		{"a name as long as the document", `{"` + strings.Repeat("x", 130_000) + `":1}`, "is not an element of a policy", 1, 2},
		{"a long name twice", `{"Statement":{"Effect":"Allow","Condition":{"` + strings.Repeat("x", 60_000) + `":{},"` + strings.Repeat("x", 60_000) + `":{}}}}`, "duplicate key", 1, 60_051},
		{"a long effect", `{"Statement":{"Effect":"` + strings.Repeat("é", 60_000) + `"}}`, "Effect must be Allow or Deny", 1, 24},
		{"a number of 100,000 digits", `{"Version":` + strings.Repeat("9", 100_000) + `}`, "Version must be a string", 1, 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := []byte(tt.text)
			var err error
			bytes := allocated(func() { _, err = Parse(text) })
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Message, tt.message) || e.Line != tt.line || e.Column != tt.column {
				t.Errorf("Parse = %.300v, want %q at line %d, column %d", err, tt.message, tt.line, tt.column)
			}
			if err != nil && len(err.Error()) > 1_000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			if bytes > 2*megabyte {
				t.Errorf("%d bytes were allocated for a document of %d", bytes, len(text))
			}
		})
	}
}

// TestLargestDocuments: what is just short enough is read, checked and printed, in
// memory in proportion to its size.
func TestLargestDocuments(t *testing.T) {
	fill := func(head, part, tail string) string {
		return head + strings.TrimSuffix(strings.Repeat(part, (MaxSize-len(head)-len(tail))/len(part)), ",") + tail
	}
	for name, text := range map[string]string{
		"wildcards":      resource(strings.Repeat("*?", 65_000)),
		"short values":   fill(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[`, `"*",`, `],"Resource":"*"}}`),
		"statements":     fill(`{"Version":"2012-10-17","Statement":[`, `{"Effect":"Deny","Action":"*","Resource":"*"},`, `]}`),
		"values of keys": fill(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a":[`, `1,`, `]}}}}`),
		"variables":      resource("arn:aws:iam::1:user/" + strings.Repeat("${a}", 32_000)),
		"one line each":  fill("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Resource\":\"*\",\"Action\":[\n", "\"*\",\n", "\"*\"]}}"),
	} {
		t.Run(name, func(t *testing.T) {
			bytes := allocated(func() {
				doc, err := Parse([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := doc.MarshalJSON(); err != nil {
					t.Fatal(err)
				}
				if err := Validate(doc, Identity); err != nil && name != "wildcards" {
					t.Fatal(err)
				}
			})
			if limit := uint64(512 * len(text)); bytes > limit {
				t.Errorf("%d bytes were allocated, limit %d", bytes, limit)
			}
			t.Logf("%d bytes for each of the document's", bytes/uint64(len(text)))
		})
	}
}

package bedrock

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"hardpan/internal/awserr"
)

// The rules of parameters. Lengths, in characters, and patterns are those of
// the API's model; the words in which a broken rule is told are from memory of
// AWS's answers, unverified.

// textRule is what a text must keep to.
type textRule struct {
	min, max int
	pattern  *regexp.Regexp
	shown    string // the pattern as AWS writes it
}

func text(least, most int, pattern string) textRule {
	return textRule{least, most, regexp.MustCompile("^(?:" + pattern + ")$"), pattern}
}

var (
	nameRule        = text(1, 64, `([0-9a-zA-Z][ _-]?)+`)
	descriptionRule = text(1, 200, `([0-9a-zA-Z:.][ _-]?)+`)
	tokenRule       = text(1, 256, `[a-zA-Z0-9](-*[a-zA-Z0-9])*`)
	tagKeyRule      = text(1, 128, `[a-zA-Z0-9\s._:/=+@-]*`)
	tagValueRule    = text(0, 256, `[a-zA-Z0-9\s._:/=+@-]*`)
	resourceRule    = text(1, 1011, `[^\x00-\x1f]*`)
)

// faults gathers the broken rules of one request.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// required is optional for a text that must be given.
func (f *faults) required(member string, value *string, rule textRule) {
	if value == nil {
		f.add("Value null at '%s' failed to satisfy constraint: Member must not be null", member)
		return
	}
	f.optional(member, value, rule)
}

// optional holds a text against its rule, if it is given.
func (f *faults) optional(member string, value *string, rule textRule) {
	if value == nil {
		return
	}
	const broken = "Value '%s' at '%s' failed to satisfy constraint: Member must "
	switch n := utf8.RuneCountInString(*value); {
	case n < rule.min:
		f.add(broken+"have length greater than or equal to %d", *value, member, rule.min)
	case n > rule.max:
		f.add(broken+"have length less than or equal to %d", shorten(*value), member, rule.max)
	case !rule.pattern.MatchString(*value):
		f.add(broken+"satisfy regular expression pattern: %s", *value, member, rule.shown)
	}
}

func shorten(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// err is AWS's answer to the faults, or nil.
func (f faults) err() error {
	switch len(f) {
	case 0:
		return nil
	case 1:
		return awserr.Validation("1 validation error detected: %s", f[0])
	}
	return awserr.Validation("%d validation errors detected: %s", len(f), strings.Join(f, "; "))
}

package iam

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The rules of parameters, by AWS's names for them in the request. Lengths and
// patterns are those of the API's model; the words in which a broken rule is
// told are from memory of AWS's answers, unverified.

// textRule is what a text must keep to. Lengths are in characters.
type textRule struct {
	min, max int
	pattern  *regexp.Regexp // nil: any text
	shown    string         // the pattern as AWS writes it
	words    string         // IAM's own words instead, which end a sentence about the value
}

const nameWords = "It must contain only alphanumeric characters and/or the following: +=,.@_-"

var (
	namePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)

	userNameRule   = textRule{min: 1, max: 64, pattern: namePattern, words: nameWords}
	roleNameRule   = textRule{min: 1, max: 64, pattern: namePattern, words: nameWords}
	groupNameRule  = textRule{min: 1, max: 128, pattern: namePattern, words: nameWords}
	policyNameRule = textRule{min: 1, max: 128, pattern: namePattern, words: nameWords}
	existingRule   = textRule{min: 1, max: 128, pattern: namePattern, words: nameWords} // the name of a user who exists

	pathRule = textRule{
		min: 1, max: 512, pattern: regexp.MustCompile(`^(/|/[\x21-\x7e]+/)$`),
		words: "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
	}
	pathPrefixRule = textRule{min: 1, max: 512, pattern: regexp.MustCompile(`^/[\x21-\x7f]*$`), shown: `\u002F[\u0021-\u007F]*`}

	documentRule = textRule{
		min: 1, max: 131072, pattern: regexp.MustCompile(`^[\t\n\r\x20-\x{ff}]+$`),
		shown: `[\u0009\u000A\u000D\u0020-\u00FF]+`,
	}
	policyDescriptionRule = textRule{max: 1000}
	roleDescriptionRule   = textRule{
		max: 1000, pattern: regexp.MustCompile(`^[\t\n\r\x20-\x7e\x{a1}-\x{ff}]*$`),
		shown: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`,
	}
	tagKeyRule = textRule{
		min: 1, max: 128, pattern: regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$`), shown: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`,
	}
	tagValueRule = textRule{
		max: 256, pattern: regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`), shown: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`,
	}
	arnRule       = textRule{min: 20, max: 2048}
	accessKeyRule = textRule{min: 16, max: 128, pattern: regexp.MustCompile(`^\w+$`), shown: `[\w]+`}
	credentialID  = textRule{min: 20, max: 128, pattern: regexp.MustCompile(`^\w+$`), shown: `[\w]+`}
	versionIDRule = textRule{
		min: 1, max: 128, pattern: regexp.MustCompile(`^v[1-9][0-9]*(\.[A-Za-z0-9-]*)?$`), shown: `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`,
	}
	aliasRule = textRule{
		min: 3, max: 63, pattern: regexp.MustCompile(`^[a-z0-9]([a-z0-9]|-[a-z0-9])*$`), shown: `^[a-z0-9]([a-z0-9]|-[a-z0-9])*$`,
	}
	anyTextRule      = textRule{min: 1, max: 1024}
	deletionTaskRule = textRule{min: 1, max: 1000}
	serviceNameRule  = textRule{min: 1, max: 128, pattern: regexp.MustCompile(`^[\w+=,.@-]+$`), shown: `[\w+=,.@-]+`}
)

// required is text for a parameter that must be given.
func (p *plan) required(member string, value *string, rule textRule) {
	if value == nil {
		p.fault("Value null at '%s' failed to satisfy constraint: Member must not be null", member)
		return
	}
	p.text(member, value, rule)
}

// text holds a parameter against its rule, if it is given.
func (p *plan) text(member string, value *string, rule textRule) {
	if value == nil {
		return
	}
	switch n := utf8.RuneCountInString(*value); {
	case n < rule.min:
		p.broken(*value, member, "have length greater than or equal to %d", rule.min)
	case n > rule.max:
		p.broken(*value, member, "have length less than or equal to %d", rule.max)
	case rule.pattern == nil || rule.pattern.MatchString(*value):
	case rule.words != "":
		p.refuse(invalid("The specified value for %s is invalid. %s", member, rule.words))
	default:
		p.broken(*value, member, "satisfy regular expression pattern: %s", rule.shown)
	}
}

// number holds a parameter against its limits, if it is given.
func (p *plan) number(member string, value *int32, least, most int32) {
	if value == nil {
		return
	}
	switch {
	case *value < least:
		p.broken(fmt.Sprint(*value), member, "have value greater than or equal to %d", least)
	case *value > most:
		p.broken(fmt.Sprint(*value), member, "have value less than or equal to %d", most)
	}
}

// page holds the two parameters that every list has. Markers may be longer than
// AWS's, as they hold names.
func (p *plan) page(marker *string, maxItems *int32) {
	p.number("maxItems", maxItems, 1, 1000)
	p.text("marker", marker, textRule{min: 1, max: 4096})
}

// oneOf holds an enumeration against its values; empty is not given.
func oneOf[E ~string](p *plan, member string, value E, values ...E) {
	if value == "" || slices.Contains(values, value) {
		return
	}
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	p.broken(string(value), member, "satisfy enum value set: [%s]", strings.Join(list, ", "))
}

func (p *plan) broken(value, member, constraint string, args ...any) {
	p.fault("Value '%s' at '%s' failed to satisfy constraint: Member must %s", clip(value), member, fmt.Sprintf(constraint, args...))
}

func (p *plan) fault(format string, args ...any) {
	p.faults = append(p.faults, fmt.Sprintf(format, args...))
}

// clip keeps a refusal readable: a value may be a document.
func clip(value string) string {
	const most = 160
	if len(value) <= most {
		return value
	}
	return strings.ToValidUTF8(value[:most], "") + "…"
}

// refused is the first thing that is wrong with the parameters, in IAM's
// order: what their types say, then what IAM itself says.
func (p *plan) refused() error {
	switch n := len(p.faults); {
	case n == 1:
		return invalid("1 validation error detected: %s", p.faults[0])
	case n > 1:
		return invalid("%d validation errors detected: %s", n, strings.Join(p.faults, "; "))
	case p.refusal != nil:
		return p.refusal
	}
	return nil
}

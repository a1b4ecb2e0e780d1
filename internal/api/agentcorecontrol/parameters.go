package agentcorecontrol

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
	gatewayNameRule  = text(1, 48, `([0-9a-zA-Z][-]?){1,48}`)
	targetNameRule   = text(1, 100, `([0-9a-zA-Z][-]?){1,100}`)
	engineNameRule   = text(1, 48, `[A-Za-z][A-Za-z0-9_]*`)
	providerNameRule = text(1, 128, `[a-zA-Z0-9\-_]+`)
	toolNameRule     = text(1, 128, `[a-zA-Z0-9_.-]+`)
	descriptionRule  = text(1, 4096, `(?s:.*)`)
	tokenRule        = text(1, 256, `[a-zA-Z0-9](-*[a-zA-Z0-9])*`)
	idRule           = text(1, 120, `[0-9a-zA-Z][0-9a-zA-Z_-]*`)
	roleRule         = text(20, 2048, `arn:aws(-cn|-us-gov)?:iam::\d{12}:role/.+`)
	lambdaRule       = text(1, 2048, `arn:aws(-cn|-us-gov)?:lambda:[a-z0-9-]+:\d{12}:function:[a-zA-Z0-9-_]+(:[a-zA-Z0-9$_-]+)?`)
	urlRule          = text(1, 2048, `https?://[^\s]+`)
	serverRule       = text(1, 2048, `(https?://[^\s]+|stdio:[A-Za-z0-9][A-Za-z0-9._-]{0,63})`) // AWS has no stdio: a command of hardpan.yaml
	discoveryRule    = text(1, 2048, `https?://[^\s]+/\.well-known/(openid-configuration|oauth-authorization-server).*`)
	resourceRule     = text(20, 1011, `arn:aws(-cn|-us-gov)?:bedrock-agentcore:[a-z0-9-]+:\d{12}:.+`)
	statementRule    = text(1, 153600, `(?s:.*)`)
	secretRule       = text(1, 65536, `(?s:.*)`)
	tagKeyRule       = text(1, 128, `[a-zA-Z0-9\s._:/=+@-]*`)
	tagValueRule     = text(0, 256, `[a-zA-Z0-9\s._:/=+@-]*`)
)

// faults gathers the broken rules of one request.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// missing notes a member that must be given.
func (f *faults) missing(member string) {
	f.add("Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

// required is optional for a text that must be given.
func (f *faults) required(member string, value *string, rule textRule) {
	if value == nil {
		f.missing(member)
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
		f.add(broken+"satisfy regular expression pattern: %s", shorten(*value), member, rule.shown)
	}
}

// secret holds a text that is never shown against a rule of length.
func (f *faults) secret(member string, value *string) {
	switch {
	case value == nil:
		f.missing(member)
	case *value == "" || len(*value) > secretRule.max:
		f.add("The value at '%s' failed to satisfy constraint: Member must have a length between 1 and %d", member, secretRule.max)
	}
}

// oneOf holds an enumeration's value against its values, if it is given.
func oneOf[E ~string](f *faults, member string, value E, values []E) {
	for _, v := range values {
		if value == v {
			return
		}
	}
	if value != "" {
		f.add("Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: %v", shorten(string(value)), member, values)
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

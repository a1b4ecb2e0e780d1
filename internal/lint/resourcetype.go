package lint

import (
	"strconv"
	"strings"
	"sync"

	"hardpan/internal/catalog"
)

func itoa(n int) string { return strconv.Itoa(n) }

// arnParts are the six parts of an ARN or of a pattern of ARNs.
type arnParts [6]string

const (
	partPartition = 1
	partService   = 2
	partRegion    = 3
	partAccount   = 4
	partResource  = 5
)

// maxARN is the longest ARN (IAM User Guide, "IAM and AWS STS quotas"): a longer
// pattern is not looked into.
const maxARN = 2048

// splitARN takes a pattern of the Resource element apart. Variables may stand for
// anything. What is missing at the end is "*", as IAM reads it.
func splitARN(pattern string) (arnParts, bool) {
	var p arnParts
	if !strings.HasPrefix(pattern, "arn:") || len(pattern) > maxARN {
		return p, false
	}
	fields := strings.SplitN(starVariables(pattern), ":", 6)
	for i := range p {
		if i < len(fields) {
			p[i] = fields[i]
		} else {
			p[i] = "*"
		}
	}
	return p, true
}

func (p *arnParts) String() string { return strings.Join(p[:], ":") }

// starVariables puts a star in the place of every ${…}.
func starVariables(text string) string {
	if !strings.Contains(text, "${") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, after, closed := strings.Cut(rest, "}")
		if !closed {
			return b.String() + "${" + rest
		}
		b.WriteByte('*')
		text = after
	}
}

// typeForms are the ARNs of Bedrock's resource types with stars for all that
// varies.
var typeForms = sync.OnceValue(func() map[string]arnParts {
	forms := map[string]arnParts{}
	for _, t := range catalog.ResourceTypes() {
		forms[t.Name], _ = splitARN(t.Format)
	}
	return forms
})

// fits reports whether something that the pattern matches is of the type.
func (p *arnParts) fits(resourceType string) bool {
	form, ok := typeForms()[resourceType]
	if !ok {
		return false
	}
	if p[partAccount] == "" && form[partAccount] != "" {
		return false
	}
	for _, i := range []int{partService, partRegion, partAccount, partResource} {
		if !overlap(p[i], form[i]) {
			return false
		}
	}
	return true
}

// misplacedAccount reports whether the pattern would fit the type if its account
// were another one: a foundation model's ARN has none, a profile's has one.
func (p *arnParts) misplacedAccount(resourceType string) bool {
	other := *p
	other[partAccount] = typeForms()[resourceType][partAccount]
	return !p.fits(resourceType) && other.fits(resourceType)
}

// resourceKind is the type that a pattern names in so many words, or "".
func (p *arnParts) resourceKind() string {
	kind, _, found := strings.Cut(p[partResource], "/")
	if !found || strings.ContainsAny(kind, "*?") {
		return ""
	}
	return kind
}

// overlap reports whether some text fits both patterns of * and ?.
func overlap(a, b string) bool {
	if head := min(plainHead(a), plainHead(b)); a[:head] != b[:head] {
		return false
	}
	row := make([]bool, len(b)+1) // row[j]: what is left of a and b[j:] overlap
	row[len(b)] = true
	for j := len(b) - 1; j >= 0 && b[j] == '*'; j-- {
		row[j] = true
	}
	for i := len(a) - 1; i >= 0; i-- {
		diagonal := row[len(b)]
		row[len(b)] = a[i] == '*' && diagonal
		for j := len(b) - 1; j >= 0; j-- {
			below := row[j]
			if a[i] == '*' || b[j] == '*' {
				row[j] = below || row[j+1]
			} else {
				row[j] = diagonal && (a[i] == b[j] || a[i] == '?' || b[j] == '?')
			}
			diagonal = below
		}
	}
	return row[0]
}

// plainHead is the length of what stands before the first wildcard.
func plainHead(pattern string) int {
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		return i
	}
	return len(pattern)
}

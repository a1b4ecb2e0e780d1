package condition

import "strings"

// boolean is Bool: true or false in any case. Variables are resolved.
type boolean struct{ Template }

func newBool(value string, variables bool) comparison {
	return &boolean{NewTemplate(value, Syntax{Variables: variables})}
}

func (b *boolean) compare(value string, c *Context) (fits, typed bool) {
	got, ok := parseBool(value)
	if !ok {
		return false, false
	}
	want := "false"
	if got {
		want = "true"
	}
	equals := stringEqualsIgnoreCase(*b)
	fits, _ = equals.compare(want, c)
	return fits, true
}

func parseBool(s string) (value, ok bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, false
}

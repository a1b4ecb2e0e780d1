package condition

// nullOperator asks whether a key is there at all: "true" holds if it is absent,
// "false" if it is present and not null. Qualifiers make no difference to it, and
// it has no IfExists.
const nullOperator = "Null"

func newNull(value string, _ bool) comparison {
	return newBool(value, false)
}

func (c *Condition) holdsNull(values []string, ctx *Context) bool {
	absent := "false"
	if len(values) == 0 {
		absent = "true"
	}
	return c.fits(absent, ctx)
}

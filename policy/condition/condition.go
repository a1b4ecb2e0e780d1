// Package condition is the Condition element of IAM policies: its operators, a
// family to a file, the set qualifiers, IfExists, Null, policy variables, and
// the context of keys that a request is judged in.
//
// It does not know policies, statements or effects, nor which keys exist and
// where their values come from.
package condition

// Condition is one operator applied to one key, ready to be tested. It is
// immutable.
type Condition struct {
	Operator Operator
	Key      string   // as written
	Values   []string // as written
	folded   string
	compare  []comparison // one for each value
}

// comparison is one policy value in the form its operator needs.
type comparison interface {
	// compare tests a value of the request. fits is the operator's answer before
	// negation; typed is false where one of the two is not of the operator's
	// type (NumericNotEquals and "abc"), which no operator matches, not even a
	// negated one.
	compare(value string, c *Context) (fits, typed bool)
	// wanted is the policy value with its variables resolved, for people.
	wanted(c *Context) string
}

// Compile prepares an operator on a key. variables says that ${…} is a variable:
// the document is of version 2012-10-17. It fails only on an unknown operator.
func Compile(operator, key string, values []string, variables bool) (*Condition, error) {
	op, err := ParseOperator(operator)
	if err != nil {
		return nil, err
	}
	c := &Condition{Operator: op, Key: key, Values: values, folded: fold(key)}
	for _, v := range values {
		c.compare = append(c.compare, operators[op.Base].make(v, variables))
	}
	return c, nil
}

// Holds reports whether the condition is true in ctx. It does not allocate.
//
// A missing key makes it false, but true for a negated operator, for IfExists
// and for ForAllValues. A key with several values and no qualifier, which AWS
// advises against and leaves open, is read as people mean it: one of the values
// fits, or for a negated operator none does.
func (c *Condition) Holds(ctx *Context) bool {
	values, _, ok := ctx.lookup(c.folded)
	if c.Operator.Base == nullOperator {
		return c.holdsNull(values, ctx)
	}
	if !ok || c.isNullSet(values) {
		return c.holdsMissing()
	}
	switch {
	case c.Operator.Qualifier == ForAllValues, c.Operator.Qualifier == Single && c.Operator.Negated:
		return c.all(values, ctx)
	default:
		return c.any(values, ctx)
	}
}

// isNullSet reports whether values count as none. Under a set qualifier so does
// an empty string (IAM User Guide, "Set operators for multivalued context keys").
func (c *Condition) isNullSet(values []string) bool {
	if c.Operator.Qualifier == Single {
		return len(values) == 0
	}
	for _, v := range values {
		if v != "" {
			return false
		}
	}
	return true
}

func (c *Condition) holdsMissing() bool {
	switch {
	case c.Operator.IfExists:
		return true
	case c.Operator.Qualifier == ForAllValues:
		return true
	case c.Operator.Qualifier == ForAnyValue:
		return false
	}
	return c.Operator.Negated
}

func (c *Condition) all(values []string, ctx *Context) bool {
	for _, v := range values {
		if !c.fits(v, ctx) {
			return false
		}
	}
	return true
}

func (c *Condition) any(values []string, ctx *Context) bool {
	for _, v := range values {
		if c.fits(v, ctx) {
			return true
		}
	}
	return false
}

// fits tests one value of the request: it must fit one policy value, or, for a
// negated operator, none.
func (c *Condition) fits(value string, ctx *Context) bool {
	for _, p := range c.compare {
		fits, typed := p.compare(value, ctx)
		if c.Operator.Negated && !typed {
			return false
		}
		if fits && typed {
			return !c.Operator.Negated
		}
	}
	return c.Operator.Negated
}

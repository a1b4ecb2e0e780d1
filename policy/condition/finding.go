package condition

// Finding is what a condition came to in one request, for people.
type Finding struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Wanted   []string `json:"wanted"`             // as the policy has it
	Resolved []string `json:"resolved,omitempty"` // with variables replaced, if there are any; empty text: a variable has no value
	Actual   []string `json:"actual,omitempty"`
	Origin   string   `json:"origin,omitempty"` // of the actual values
	Missing  bool     `json:"missing,omitempty"`
	Holds    bool     `json:"holds"`
}

// Find tests the condition as [Condition.Holds] does and says what it saw.
func (c *Condition) Find(ctx *Context) Finding {
	f := Finding{Operator: c.Operator.String(), Key: c.Key, Wanted: c.Values, Holds: c.Holds(ctx)}
	for i, p := range c.compare {
		if text := p.wanted(ctx); text != c.Values[i] && f.Resolved == nil {
			f.Resolved = make([]string, 0, len(c.Values))
		}
	}
	if f.Resolved != nil {
		for _, p := range c.compare {
			f.Resolved = append(f.Resolved, p.wanted(ctx))
		}
	}
	e, _ := ctx.Find(c.folded)
	if len(e.Values) == 0 {
		f.Missing = true
		return f
	}
	f.Actual, f.Origin = e.Values, e.Origin
	return f
}

package identity

import (
	"iter"
	"sync"

	"hardpan/internal/usage"
)

// budgets holds the budgets of an account, and what finds those of a call.
type budgets struct {
	table[*Budget]
	rules *budgetRules // as of this table; replaced when it changes
}

func newBudgets() budgets {
	return budgets{
		newTable(func(b *Budget) string { return b.ID }, func(b *Budget) string { return b.Name }),
		new(budgetRules),
	}
}

func (t budgets) fork() budgets { return budgets{t.table.fork(), t.rules} }

func (t *budgets) put(b *Budget) {
	t.table.put(b)
	t.rules = new(budgetRules)
}

func (t *budgets) drop(id string) {
	t.table.drop(id)
	t.rules = new(budgetRules)
}

// Budget finds a budget by name, without regard to case.
func (s *Snapshot) Budget(name string) (*Budget, bool) { return s.budgets.named(name) }

// BudgetByID finds a budget by its id.
func (s *Snapshot) BudgetByID(id string) (*Budget, bool) { return s.budgets.byID.get(id) }

// BudgetCount is how many budgets the account has.
func (s *Snapshot) BudgetCount() int { return s.budgets.byName.len() }

// Budgets yields all budgets in name order, those after the name `after` only
// ("" for all).
func (s *Snapshot) Budgets(after string) iter.Seq[*Budget] {
	return inPath(s.budgets.table, "", after,
		func(b *Budget) *Budget { return b }, func(*Budget) string { return "" })
}

// Charged is a budget that a call is charged to, and under which value if the
// budget has a limit for each.
type Charged struct {
	Budget *Budget
	Value  string
}

// Instance is how an event names what is charged.
func (c Charged) Instance() string { return c.Budget.Instance(c.Value) }

// BudgetsFor returns what a call is charged to, nothing twice. Its time does
// not depend on how many budgets there are that the call does not fall under.
func (s *Snapshot) BudgetsFor(c *usage.Call) []Charged {
	r := s.budgets.rules
	r.once.Do(func() { r.build(s) })
	if len(r.one) == 0 && len(r.each) == 0 {
		return nil
	}
	m := budgetMatch{rules: r}
	if c.Gateway != "" { // a tool's call is in no scope that counts those of models
		m.named(usage.ScopeGateway, c.Gateway)
		m.named(usage.ScopeTool, c.Tool)
		return m.found
	}
	m.value(usage.ScopeAccount, "", "")
	m.named(usage.ScopePrincipal, c.Principal)
	m.named(usage.ScopeSession, c.Session)
	for _, ancestor := range c.Ancestors {
		m.named(usage.ScopeSession, ancestor)
	}
	m.named(usage.ScopeKey, c.Key)
	m.named(usage.ScopeProfile, c.Profile)
	m.named(usage.ScopeModel, c.Model)
	m.tags(c.Tags)
	m.tags(c.ProfileTags)
	return m.found
}

// budgetRules finds budgets by what they cover. It is built from its table by
// the first reader, since several budgets may change before anybody asks.
type budgetRules struct {
	once sync.Once
	one  map[budgetKey][]*Budget // by kind, key and value
	each map[budgetKey][]*Budget // by kind and key
	tags bool                    // whether any is about a tag
}

// budgetKey is a scope, with a tag's key as it is compared.
type budgetKey struct {
	kind       usage.ScopeKind
	key, value string
}

func (r *budgetRules) build(s *Snapshot) {
	r.one, r.each = map[budgetKey][]*Budget{}, map[budgetKey][]*Budget{}
	for b := range s.Budgets("") {
		key, into := budgetKey{b.Covers.Kind, FoldName(b.Covers.Key), b.Covers.Value}, r.one
		if b.Covers.Each {
			key.value, into = "", r.each
		}
		into[key] = append(into[key], b)
		r.tags = r.tags || b.Covers.Kind == usage.ScopeTag
	}
}

// budgetMatch gathers the budgets of one call.
type budgetMatch struct {
	rules *budgetRules
	found []Charged
}

func (m *budgetMatch) value(kind usage.ScopeKind, key, value string) {
	for _, b := range m.rules.one[budgetKey{kind, key, value}] {
		m.add(b, value)
	}
	for _, b := range m.rules.each[budgetKey{kind, key, ""}] {
		m.add(b, value)
	}
}

func (m *budgetMatch) add(b *Budget, value string) {
	for _, c := range m.found {
		if c.Budget == b && c.Value == value { // a tag of the profile and of the principal
			return
		}
	}
	m.found = append(m.found, Charged{b, value})
}

func (m *budgetMatch) named(kind usage.ScopeKind, value string) {
	if value != "" {
		m.value(kind, "", value)
	}
}

func (m *budgetMatch) tags(tags []usage.Tag) {
	if !m.rules.tags {
		return
	}
	for _, t := range tags {
		m.value(usage.ScopeTag, FoldName(t.Key), t.Value)
	}
}

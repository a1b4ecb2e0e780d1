package usage

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ProfileKind is through what a model is called, which its price depends on. An
// application inference profile has the kind of what it was copied from.
type ProfileKind string

// The kinds: a model called in its own region, through a cross-region profile
// of one geography, or through a global one.
const (
	Regional   ProfileKind = "regional"
	Geographic ProfileKind = "geographic"
	Global     ProfileKind = "global"
)

// ProfileKinds are all kinds.
func ProfileKinds() []ProfileKind { return []ProfileKind{Regional, Geographic, Global} }

// StandardTier is the service tier of a call that names none, in the words of
// Bedrock's ServiceTier.
const StandardTier = "default"

// Row is the price of one model, called in one way, from a time on.
type Row struct {
	Model string // foundation-model id
	Kind  ProfileKind
	Tier  string
	From  time.Time // zero: as far back as anybody asks
	Price
	Source
}

// Source says where a price is from.
type Source struct {
	ID     string // of the row: unique in its book, the same in every process
	Text   string // who says so, for people
	Date   string // the day on which it was true, 2006-01-02, or "" if nobody wrote it down
	Memory bool   // from somebody's memory: not verified
	Own    bool   // set by the operator; goes before what is not
}

// Book is a list of prices. It never changes.
type Book struct {
	rows map[bookKey][]Row // in the order in which they are asked
}

type bookKey struct {
	model string
	kind  ProfileKind
	tier  string
}

// NewBook makes a book of rows, and gives each its id. Of rows for one model,
// kind and tier, the operator's own go before others, and then newer before
// older. Two with the same model, kind, tier, time and origin are an error.
func NewBook(rows ...Row) (*Book, error) {
	b := &Book{rows: map[bookKey][]Row{}}
	for _, r := range rows {
		r.ID = r.id()
		key := bookKey{r.Model, r.Kind, r.Tier}
		list := b.rows[key]
		i, taken := slices.BinarySearchFunc(list, r, compareRows)
		if taken {
			return nil, fmt.Errorf("two prices for %s: a model has one price for a kind of profile, a tier and a day", r.ID)
		}
		b.rows[key] = slices.Insert(list, i, r)
	}
	return b, nil
}

func compareRows(a, b Row) int {
	if a.Own != b.Own {
		if a.Own {
			return -1
		}
		return 1
	}
	return b.From.Compare(a.From)
}

func (r *Row) id() string {
	id := r.Model + "/" + string(r.Kind) + "/" + r.Tier
	if !r.From.IsZero() {
		id += "/" + r.From.UTC().Format(time.RFC3339)
	}
	if r.Own {
		id += "/own"
	}
	return id
}

// Find returns the price of a model at a time, and where it is from. Nothing
// found is a hole in the book: a price that nobody knows, not zero.
func (b *Book) Find(model string, kind ProfileKind, tier string, at time.Time) (Price, Source, bool) {
	for _, r := range b.rows[bookKey{model, kind, tier}] {
		if !r.From.After(at) {
			return r.Price, r.Source, true
		}
	}
	return Price{}, Source{}, false
}

// Rows returns all prices by model, kind and tier, those first that are asked first.
func (b *Book) Rows() []Row {
	var all []Row
	for _, list := range b.rows {
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Tier, b.Tier))
	})
	return all
}

package cedar

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
)

// demand is what the tests tell apart at one place of the input, and below it.
type demand struct {
	values   []types.Value
	patterns [][]rune
	below    map[types.String]*demand
}

func (d *demand) at(path []types.String) *demand {
	for _, name := range path {
		if d.below == nil {
			d.below = make(map[types.String]*demand)
		}
		next := d.below[name]
		if next == nil {
			next = &demand{}
			d.below[name] = next
		}
		d = next
	}
	return d
}

// maxValues is how many values of one property are tried.
const maxValues = 512

// representatives returns values of a type, of which one behaves as any value of the
// type would in all tests of a demand. It returns false if that cannot be promised. With
// quick it promises less: each is a value of the type, and some may be missing.
func representatives(of resolved.IsType, d *demand, quick bool) ([]types.Value, bool) {
	if d == nil {
		return []types.Value{someValue(of)}, true
	}
	if len(d.values) > maxValues/3 {
		return nil, false
	}
	switch of := of.(type) {
	case resolved.BoolType:
		return []types.Value{types.True, types.False}, true
	case resolved.LongType:
		return longs(d.values), true
	case resolved.StringType:
		return stringsFor(d, quick)
	case resolved.ExtensionType:
		return decimals(d.values), of == "decimal"
	case resolved.SetType:
		return sets(of, d.values)
	case resolved.RecordType:
		if len(d.values) > 0 {
			return nil, false
		}
		return records(of, d, quick)
	}
	return nil, false
}

// someValue returns a value of a type that no test looks at.
func someValue(of resolved.IsType) types.Value {
	switch of := of.(type) {
	case resolved.BoolType:
		return types.False
	case resolved.LongType:
		return types.Long(0)
	case resolved.StringType:
		return types.String("")
	case resolved.SetType:
		return types.NewSet()
	case resolved.RecordType:
		record := make(types.RecordMap)
		for name, attribute := range of {
			if !attribute.Optional {
				record[name] = someValue(attribute.Type)
			}
		}
		return types.NewRecord(record)
	}
	return types.Decimal{}
}

// longs returns each number with its neighbours: every order and equality with the
// numbers that a number can have is that of one of these.
func longs(wanted []types.Value) []types.Value {
	found := []types.Value{types.Long(0)}
	for _, value := range wanted {
		n, ok := value.(types.Long)
		if !ok {
			continue
		}
		found = append(found, n)
		if n > math.MinInt64 {
			found = append(found, n-1)
		}
		if n < math.MaxInt64 {
			found = append(found, n+1)
		}
	}
	return distinct(found)
}

// decimals are as longs, in steps of a ten-thousandth.
func decimals(wanted []types.Value) []types.Value {
	found := []types.Value{types.Decimal{}}
	for _, value := range wanted {
		d, ok := value.(types.Decimal)
		if !ok {
			continue
		}
		n := tenThousandths(d)
		found = append(found, d)
		for _, step := range []int64{-1, 1} {
			if next := n + step; (step < 0) == (next < n) {
				neighbour, err := types.NewDecimal(next, -4)
				if err == nil {
					found = append(found, neighbour)
				}
			}
		}
	}
	return distinct(found)
}

// maxElements is how many elements the tests of one set can ask about.
const maxElements = 6

// sets returns all sets of the elements that tests ask about, without and with one
// that no test asks about.
func sets(of resolved.SetType, wanted []types.Value) ([]types.Value, bool) {
	var asked []types.Value
	for _, value := range wanted {
		if set, ok := value.(types.Set); ok {
			asked = append(asked, set.Slice()...)
			continue
		}
		asked = append(asked, value)
	}
	elements, ok := elementsOf(of.Element, asked)
	if !ok || len(elements) > maxElements {
		return nil, false
	}
	var found []types.Value
	for chosen := range 1 << len(elements) {
		var members []types.Value
		for i, element := range elements {
			if chosen&(1<<i) != 0 {
				members = append(members, element)
			}
		}
		found = append(found, types.NewSet(members...))
	}
	return found, true
}

// elementsOf returns the elements of a type among those asked about, and one other.
func elementsOf(of resolved.IsType, asked []types.Value) ([]types.Value, bool) {
	switch of.(type) {
	case resolved.SetType, resolved.RecordType:
		return nil, false
	}
	all, ok := representatives(of, &demand{values: asked}, false)
	if !ok {
		return nil, false
	}
	elements := slices.DeleteFunc(distinct(asked), func(v types.Value) bool { return !sameKind(v, all[0]) })
	for _, candidate := range all {
		if !slices.ContainsFunc(elements, candidate.Equal) {
			return append(elements, candidate), true
		}
	}
	return elements, true
}

// records returns the records with and without each attribute that tests look at.
func records(of resolved.RecordType, d *demand, quick bool) ([]types.Value, bool) {
	found := []types.RecordMap{{}}
	for name, attribute := range of {
		below := d.below[name]
		if below == nil && attribute.Optional {
			continue
		}
		values, ok := representatives(attribute.Type, below, quick)
		if !ok || len(found)*(len(values)+1) > maxValues {
			return nil, false
		}
		if attribute.Optional {
			values = append(values, nil)
		}
		found = product(found, name, values)
	}
	all := make([]types.Value, len(found))
	for i, record := range found {
		all[i] = types.NewRecord(record)
	}
	return all, true
}

func product(records []types.RecordMap, name types.String, values []types.Value) []types.RecordMap {
	var found []types.RecordMap
	for _, record := range records {
		for _, value := range values {
			next := make(types.RecordMap, len(record)+1)
			for k, v := range record {
				next[k] = v
			}
			if value != nil {
				next[name] = value
			}
			found = append(found, next)
		}
	}
	return found
}

// distinct returns the scalars among some values, each once.
func distinct(values []types.Value) []types.Value {
	var found []types.Value
	seen := make(map[types.Value]bool, len(values))
	for _, value := range values {
		switch value.(type) {
		case types.Long, types.String, types.Boolean, types.Decimal:
			if !seen[value] {
				seen[value] = true
				found = append(found, value)
			}
		}
	}
	return found
}

// sameKind tells whether two scalars are of one type.
func sameKind(a, b types.Value) bool {
	switch a.(type) {
	case types.Long:
		_, ok := b.(types.Long)
		return ok
	case types.String:
		_, ok := b.(types.String)
		return ok
	case types.Boolean:
		_, ok := b.(types.Boolean)
		return ok
	case types.Decimal:
		_, ok := b.(types.Decimal)
		return ok
	}
	return false
}

// tenThousandths returns a decimal times ten thousand, which is whole.
func tenThousandths(d types.Decimal) int64 {
	whole, fraction, _ := strings.Cut(d.String(), ".")
	digits := whole + fraction + strings.Repeat("0", 4-len(fraction))
	n, _ := strconv.ParseInt(digits, 10, 64) // a decimal is 64 bits in these steps
	return n
}

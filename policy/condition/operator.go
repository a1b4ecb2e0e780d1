package condition

import (
	"fmt"
	"strings"
)

// Qualifier is the set operator in front of a condition operator.
type Qualifier uint8

// The qualifiers.
const (
	Single Qualifier = iota
	ForAllValues
	ForAnyValue
)

var qualifierPrefix = [...]string{Single: "", ForAllValues: "ForAllValues:", ForAnyValue: "ForAnyValue:"}

// Operator is the name of a condition operator, taken apart.
type Operator struct {
	Qualifier Qualifier
	Base      string // StringEquals, without qualifier and IfExists
	IfExists  bool
	Negated   bool // StringNotEquals and the like: true for a missing key
}

// family makes the comparison of one policy value. An operator's family is
// chosen by its base name.
type family func(value string, variables bool) comparison

// operators is every operator that IAM knows, by the file that implements it
// (IAM User Guide, "IAM JSON policy elements: Condition operators"). There is no
// BinaryNotEquals and no BoolNot.
var operators = map[string]struct {
	make    family
	negated bool
}{
	"StringEquals":              {make: newStringEquals},
	"StringNotEquals":           {make: newStringEquals, negated: true},
	"StringEqualsIgnoreCase":    {make: newStringEqualsIgnoreCase},
	"StringNotEqualsIgnoreCase": {make: newStringEqualsIgnoreCase, negated: true},
	"StringLike":                {make: newStringLike},
	"StringNotLike":             {make: newStringLike, negated: true},

	"NumericEquals":            {make: newNumeric(equal)},
	"NumericNotEquals":         {make: newNumeric(equal), negated: true},
	"NumericLessThan":          {make: newNumeric(less)},
	"NumericLessThanEquals":    {make: newNumeric(lessOrEqual)},
	"NumericGreaterThan":       {make: newNumeric(greater)},
	"NumericGreaterThanEquals": {make: newNumeric(greaterOrEqual)},

	"DateEquals":            {make: newDate(equal)},
	"DateNotEquals":         {make: newDate(equal), negated: true},
	"DateLessThan":          {make: newDate(less)},
	"DateLessThanEquals":    {make: newDate(lessOrEqual)},
	"DateGreaterThan":       {make: newDate(greater)},
	"DateGreaterThanEquals": {make: newDate(greaterOrEqual)},

	"Bool":         {make: newBool},
	"BinaryEquals": {make: newBinary},

	"IpAddress":    {make: newIP},
	"NotIpAddress": {make: newIP, negated: true},

	"ArnEquals":    {make: newARN},
	"ArnLike":      {make: newARN},
	"ArnNotEquals": {make: newARN, negated: true},
	"ArnNotLike":   {make: newARN, negated: true},

	nullOperator: {make: newNull},
}

// ParseOperator takes a name as it stands in a policy apart. Names are compared
// exactly; whether AWS does is doubtful, and a policy that says otherwise is
// refused when it is stored.
func ParseOperator(name string) (Operator, error) {
	op := Operator{Base: name}
	for q := ForAllValues; q <= ForAnyValue; q++ {
		if rest, found := strings.CutPrefix(name, qualifierPrefix[q]); found {
			op.Qualifier, op.Base = q, rest
		}
	}
	if base, found := strings.CutSuffix(op.Base, "IfExists"); found && base != nullOperator {
		op.Base, op.IfExists = base, true
	}
	known, ok := operators[op.Base]
	if !ok {
		return Operator{}, fmt.Errorf("%q is not a condition operator", name)
	}
	op.Negated = known.negated
	return op, nil
}

// String is the inverse of [ParseOperator].
func (op Operator) String() string {
	s := qualifierPrefix[op.Qualifier] + op.Base
	if op.IfExists {
		s += "IfExists"
	}
	return s
}

package cedar

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
)

// scalar turns one JSON token into a value of a type.
func scalar(token json.Token, want resolved.IsType, path string) (types.Value, error) {
	switch want := want.(type) {
	case resolved.StringType:
		if text, ok := token.(string); ok {
			return types.String(text), nil
		}
	case resolved.BoolType:
		if b, ok := token.(bool); ok {
			return types.Boolean(b), nil
		}
	case resolved.LongType:
		if number, ok := token.(json.Number); ok {
			return long(number, path)
		}
	case resolved.ExtensionType:
		if number, ok := token.(json.Number); ok && want == "decimal" {
			return decimal(number, path)
		}
	}
	return nil, mismatch(path, want)
}

// long reads an integer; 5.0 and 5e0 are integers, as JSON Schema has it.
func long(number json.Number, path string) (types.Value, error) {
	value, ok := rational(number)
	switch {
	case !ok || value.IsInt() && !value.Num().IsInt64():
		return nil, &InputError{Path: path, Message: "is too large: an integer has at most 64 bits"}
	case !value.IsInt():
		return nil, &InputError{Path: path, Message: fmt.Sprintf("is %s, not an integer", number)}
	}
	return types.Long(value.Num().Int64()), nil
}

// decimal reads a number and cuts it after four digits behind the point.
func decimal(number json.Number, path string) (types.Value, error) {
	value, ok := rational(number)
	if ok {
		tenThousandths := new(big.Int).Mul(value.Num(), big.NewInt(10_000))
		tenThousandths.Quo(tenThousandths, value.Denom())
		if tenThousandths.IsInt64() {
			if d, err := types.NewDecimal(tenThousandths.Int64(), -4); err == nil {
				return d, nil
			}
		}
	}
	return nil, &InputError{Path: path, Message: "is too large: a number has at most 15 digits before its point"}
}

// rational reads a JSON number exactly. It refuses exponents of more than two
// digits, whose numbers would fill the memory or are zero but for a rounding.
func rational(number json.Number) (*big.Rat, bool) {
	text := number.String()
	if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok && len(strings.TrimLeft(exponent, "+-0")) > 2 || len(text) > 1_000 {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func mismatch(path string, want resolved.IsType) error {
	if path == "" {
		return &InputError{Message: "are not " + jsonTypeName(want)}
	}
	return &InputError{Path: path, Message: "is not " + jsonTypeName(want)}
}

// jsonTypeName returns what a type is called in JSON Schema, with its article.
func jsonTypeName(t resolved.IsType) string {
	switch t := t.(type) {
	case resolved.StringType:
		return "a string"
	case resolved.LongType:
		return "an integer"
	case resolved.BoolType:
		return "a boolean"
	case resolved.ExtensionType:
		if t == "decimal" {
			return "a number"
		}
		return "a " + string(t)
	case resolved.SetType:
		return "an array"
	}
	return "an object"
}

package cedar

import (
	"errors"

	cedarlang "github.com/cedar-policy/cedar-go"
)

// parse reads exactly one statement.
func parse(statement string) (*cedarlang.Policy, error) {
	var list cedarlang.PolicyList
	if err := list.UnmarshalCedar([]byte(statement)); err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, errors.New("a policy is exactly one statement")
	}
	return list[0], nil
}

package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"hardpan/internal/identity"
)

// ErrNotFound is wrapped by the error of a delete or write to something that
// does not exist.
var ErrNotFound = errors.New("not found")

// Rule is a rule of the schema that a write broke.
type Rule string

// The rules of the schema.
const (
	Unique    Rule = "unique"    // an id, name or alias is taken
	Reference Rule = "reference" // it refers to something that is not there, or something refers to it
)

// ConstraintError is the error of a write that would break a rule of the
// schema. The whole transaction is undone.
type ConstraintError struct {
	Rule   Rule
	Entity identity.Ref // what was being written
	Err    error        // the database's own words
}

// Error implements error.
func (e *ConstraintError) Error() string {
	return fmt.Sprintf("%s %s in account %s breaks a %s rule: %v", e.Entity.Kind, e.Entity.ID, e.Entity.Account, e.Rule, e.Err)
}

// Unwrap returns the database's error.
func (e *ConstraintError) Unwrap() error { return e.Err }

// constraint turns err into a [ConstraintError] if it is one.
func constraint(err error, ref identity.Ref) error {
	var known *ConstraintError
	if errors.As(err, &known) {
		return known
	}
	rule := brokenRule(err)
	if rule == "" {
		return fmt.Errorf("writing %s %s: %w", ref.Kind, ref.ID, err)
	}
	return &ConstraintError{Rule: rule, Entity: ref, Err: err}
}

func brokenRule(err error) Rule {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return Unique
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return Reference
		}
	}
	// PostgreSQL drivers tell the SQLSTATE, appendix A of its manual.
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		switch state.SQLState() {
		case "23505":
			return Unique
		case "23503":
			return Reference
		}
	}
	return ""
}

//go:build soak

package ledger_test

import "testing"

func TestSoakNeverMoreThanFits(t *testing.T) { runSchedules(t, 5000) }

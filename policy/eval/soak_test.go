//go:build soak

package eval

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSoakEvaluateAgreesWithReference(t *testing.T) {
	checkCases(t, 1_000_000, func(t *rapid.T) { compareWithReference(t) })
}

func TestSoakMiddlesAgreeWithScan(t *testing.T) {
	checkCases(t, 50_000, middlesAgreeWithScan)
}

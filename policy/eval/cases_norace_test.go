//go:build !race

package eval

// propertyCases is on how many random policies and requests engine and reference
// are compared in make test.
const propertyCases = 20_000

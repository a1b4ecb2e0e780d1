//go:build race

package eval

// propertyCases is fewer under the race detector, which slows these down tenfold
// and has nothing to find in them: make test runs the package without it, too.
const propertyCases = 2_000

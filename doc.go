// Package hardpan is empty: the program is cmd/hardpan, and the packages that other
// programs may use are hardpan/arn and hardpan/policy with what is below it.
//
// The tests beside this file hold the repository's own rules. ARCHITECTURE.md says
// what each package is for.
package hardpan

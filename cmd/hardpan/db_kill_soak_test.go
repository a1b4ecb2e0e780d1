//go:build soak

package main

import "testing"

func TestSoakKilled(t *testing.T) { killed(t, 100) }
